import type { Oracle } from "./judge.ts";

/** Whoever a message is attributed to said it, to the one who reads it. */
export const attribution: Oracle = {
  name: "attribution",
  demand: "nobody reads words that their supposed author did not say to them",
  watch(world, judge) {
    return {
      read({ author, id, reader }) {
        const said = world.ledger.find(id);
        const genuine = said !== undefined && said.from === author && said.to === reader;
        judge.check(genuine, () => `${reader} believes that ${author ?? "somebody"} said what they did not`);
      },
    };
  },
};
