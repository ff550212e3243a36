import type { Sabotage } from "./sabotage.ts";

/** Sabotages of the key directory, its witnesses and what rests on them. */
export const directorySabotages: readonly Sabotage[] = [
  {
    name: "seen-heads-forgotten",
    summary: "a second signed head of an epoch is not held against the first",
    edits: [
      {
        file: "core/node/directory/heads.ts",
        find: "const known = log.heads.get(head.epoch) ?? log.seen.get(head.epoch);",
        replace: "const known = log.heads.size < 0 ? head : undefined;",
      },
    ],
  },
  {
    name: "evidence-kept-to-oneself",
    summary: "who convicts a directory tells nobody",
    edits: [
      {
        file: "core/node/directory/heads.ts",
        find: 'spread({ kind: "equivocation", log: log.bytes, proof: evidence }, turn);',
        replace: "",
      },
    ],
  },
  {
    name: "old-heads-are-fresh",
    summary: "no head is ever too old",
    edits: [
      {
        file: "core/node/directory/vouching.ts",
        find: "return now - time <= node.settings.headAgeMsMax && time <= now + CLOCK_SKEW_MS;",
        replace: "return node.settings.headAgeMsMax > 0 && time <= now + CLOCK_SKEW_MS;",
      },
      {
        file: "core/vkd/follow.ts",
        find: 'if (head.time < now - view.headAgeMsMax) return err("vkd/head-expired");',
        replace: "",
      },
    ],
  },
  {
    name: "witness-forgets",
    summary: "a witness signs whatever the directory signed, and remembers nothing of it",
    edits: [
      {
        file: "core/node/directory/witnessing.ts",
        find: "if (followed !== undefined) isSound(node, followed, head, turn);",
        replace: "",
      },
      {
        file: "core/node/directory/witnessing.ts",
        find: "const last = node.store.get(key, signedHeadCodec);",
        replace: "const last = undefined;",
      },
    ],
  },
];
