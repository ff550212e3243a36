import { expect, test } from "vitest";
import { POLL } from "../nodes.testing.ts";
import { connect, MeshNode } from "./mesh.testing.ts";
import { asRouter } from "./router.ts";

test.each([true, false])(
  "whom a node dialled counts as its own choice: %s, when somebody it trusts named it",
  async (named) => {
    const other = await MeshNode.start();
    const node = await MeshNode.start({ isNamed: (peer) => named && peer === other.peer });
    await connect(node.network, other.network);
    const router = asRouter((node.network.services as Record<string, unknown>)["pubsub"]);
    const { outbound } = router as unknown as { readonly outbound: ReadonlyMap<string, boolean> };
    await expect.poll(() => outbound.get(other.peer), POLL).toBe(named);
  },
);
