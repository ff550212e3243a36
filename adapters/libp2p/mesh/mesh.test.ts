import { RPC } from "@libp2p/gossipsub/message";
import { expect, test } from "vitest";
import { GOSSIP_BYTES_MAX } from "../../../core/node/index.ts";
import { POLL } from "../nodes.testing.ts";
import { MESSAGES_SENT_MAX, type Rpc } from "./frames.ts";
import { connect, gossip, MeshNode, strangerRouter } from "./mesh.testing.ts";
import { NONCE_BYTES, wrap } from "./message.ts";
import { asRouter, TOPIC } from "./router.ts";

const nonce = (number: number): Uint8Array => new Uint8Array(NONCE_BYTES).fill(number);

async function meshed(...nodes: readonly MeshNode[]): Promise<void> {
  for (const { mesh } of nodes) await expect.poll(() => mesh.status.mesh, POLL).toBeGreaterThan(0);
}

/** A row of nodes, each connected to the next. */
async function row(...nodes: readonly MeshNode[]): Promise<void> {
  for (const [index, node] of nodes.slice(1).entries()) {
    await connect(node.network, (nodes[index] as MeshNode).network);
  }
  await meshed(...nodes);
}

test("what is published reaches everybody, through those who pass it on, and never its publisher", async () => {
  const [a, b, c] = await Promise.all([MeshNode.start(), MeshNode.start(), MeshNode.start()]);
  await row(a, b, c);
  a.mesh.publish(gossip(1));
  await expect.poll(() => c.count(gossip(1)), POLL).toBe(1);
  expect(b.count(gossip(1))).toBe(1);
  expect(a.heard).toEqual([]);
  // By an address of whoever brought it, not of whoever made it.
  expect(c.heard[0]?.from).toContain(b.peer);
});

test("nothing travels on that the engine did not pass on", async () => {
  const [a, b, c] = await Promise.all([MeshNode.start(), MeshNode.start({ passesOn: false }), MeshNode.start()]);
  await row(a, b, c);
  a.mesh.publish(gossip(1));
  await expect.poll(() => b.count(gossip(1)), POLL).toBe(1);
  // What B publishes by itself comes after what it would have forwarded.
  b.mesh.publish(gossip(2));
  await expect.poll(() => c.count(gossip(2)), POLL).toBe(1);
  expect(c.count(gossip(1))).toBe(0);
});

test("who does not listen has nobody's place on the mesh", async () => {
  const [a, deaf, c] = await Promise.all([MeshNode.start(), MeshNode.start({ listens: false }), MeshNode.start()]);
  await connect(deaf.network, a.network);
  await row(a, c);
  expect(a.mesh.status).toMatchObject({ peers: 1, mesh: 1 });
  deaf.mesh.publish(gossip(1));
  await expect.poll(() => c.count(gossip(1)), POLL).toBe(1);
});

test("what is repeated reaches the neighbours again, and those who came since", async () => {
  const [a, b, late] = await Promise.all([MeshNode.start(), MeshNode.start(), MeshNode.start()]);
  await row(a, b);
  a.mesh.publish(gossip(1));
  await expect.poll(() => b.count(gossip(1)), POLL).toBe(1);
  await connect(late.network, b.network);
  await meshed(late);
  // A has heard it from nobody but has just repeated it; B has it from A a moment ago, and repeats it all the same.
  a.mesh.publish(gossip(1));
  await expect.poll(() => b.count(gossip(1)), POLL).toBe(2);
  b.mesh.publish(gossip(1));
  await expect.poll(() => late.count(gossip(1)), POLL).toBe(1);
});

test("what was published to nobody reaches the first neighbour", async () => {
  const [a, b] = await Promise.all([MeshNode.start(), MeshNode.start()]);
  a.mesh.publish(gossip(1));
  await row(a, b);
  await expect.poll(() => b.count(gossip(1)), POLL).toBe(1);
});

test("the longest gossip is carried by no more bytes than it may have", async () => {
  const [a, b] = await Promise.all([MeshNode.start(), MeshNode.start()]);
  await row(a, b);
  a.mesh.publish(new Uint8Array(GOSSIP_BYTES_MAX + 1));
  a.mesh.publish(gossip(1));
  await expect.poll(() => b.count(gossip(1)), POLL).toBe(1);
  expect(b.heard).toHaveLength(1);
  expect(b.conduct.score(a.peer)).toBe(0);
});

test.each([
  ["does not decode", wrap(nonce(1), Uint8Array.of(1, 2, 3))],
  ["has no nonce", new Uint8Array(NONCE_BYTES - 1)],
  ["is longer than any", wrap(nonce(1), new Uint8Array(GOSSIP_BYTES_MAX + 1))],
])("who brings gossip that %s is refused; the engine sees nothing of it", async (_, message) => {
  const node = await MeshNode.start();
  const { network, router } = await strangerRouter();
  await connect(network, node.network);
  await meshed(node);
  await router.publish(TOPIC, message);
  await expect.poll(() => node.conduct.score(network.peerId.toString()), POLL).toBeLessThan(-19);
  expect(node.refused).toEqual([network.peerId.toString()]);
  expect(node.heard).toEqual([]);
});

test("a flood is dropped, and what the flooder brought beyond its budget others can still bring", async () => {
  const node = await MeshNode.start({ passesOn: false });
  const [flooder, honest] = await Promise.all([strangerRouter(), strangerRouter()]);
  await connect(flooder.network, node.network);
  await connect(honest.network, node.network);
  await expect.poll(() => node.mesh.status.mesh, POLL).toBe(2);
  const count = 400;
  for (let i = 1; i <= count; i++) await flooder.router.publish(TOPIC, wrap(nonce(0), gossip(i)));
  await expect.poll(() => node.conduct.score(flooder.network.peerId.toString()), POLL).toBeLessThan(0);
  const admitted = node.heard.length;
  expect(admitted).toBeLessThan(count / 2);
  // The same message, name and all, from somebody who is within the budget.
  await honest.router.publish(TOPIC, wrap(nonce(0), gossip(count)));
  await expect.poll(() => node.count(gossip(count)), POLL).toBe(1);
  expect(node.heard.at(-1)?.from).toContain(honest.network.peerId.toString());
  expect(node.conduct.score(honest.network.peerId.toString())).toBe(0);
});

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
}

/** A stream to a node whose router knows the stranger, for frames that no router makes. */
async function lineTo(node: MeshNode): Promise<{ readonly peer: string; send(frame: Uint8Array): void }> {
  const { network } = await strangerRouter();
  await connect(network, node.network);
  await meshed(node);
  const [connection] = network.getConnections(node.network.peerId);
  const stream = await connection?.newStream("/meshsub/1.2.0");
  return {
    peer: network.peerId.toString(),
    send: (frame) => void stream?.send(Uint8Array.from([...varint(frame.length), ...frame])),
  };
}

const lists = (list: Partial<NonNullable<RPC["control"]>>): Uint8Array =>
  RPC.encode({
    subscriptions: [],
    messages: [],
    control: { ihave: [], iwant: [], graft: [], prune: [], idontwant: [], ...list },
  });

test.each([
  ["is none", Uint8Array.of(0xff, 0xff)],
  ["is longer than any", new Uint8Array(1_100_000)],
])("who sends a frame that %s is refused", async (_, frame) => {
  const node = await MeshNode.start();
  const { peer, send } = await lineTo(node);
  send(frame);
  await expect.poll(() => node.refused, POLL).toEqual([peer]);
});

test("a frame with longer lists than one may have is a slip; many are a flood", async () => {
  const node = await MeshNode.start();
  const { peer, send } = await lineTo(node);
  send(lists({ iwant: [{ messageIDs: Array.from({ length: 2_000 }, () => new Uint8Array(4)) }] }));
  await expect.poll(() => node.conduct.score(peer), POLL).toBeLessThan(-19);
  expect(node.refused).toEqual([]);
});

test("who asks for messages again and again is scored down", async () => {
  const node = await MeshNode.start();
  const { peer, send } = await lineTo(node);
  for (let i = 0; i < 30; i++) send(lists({ iwant: [{ messageIDs: [Uint8Array.of(i)] }] }));
  send(lists({ iwant: [] }));
  expect(node.conduct.score(peer)).toBe(0);
  for (let i = 0; i < 30; i++) send(lists({ iwant: [{ messageIDs: [Uint8Array.of(i)] }] }));
  await expect.poll(() => node.conduct.score(peer), POLL).toBeLessThan(-19);
});

test("an answer of many messages goes in frames that each may have", async () => {
  const node = await MeshNode.start();
  const { network, router } = await strangerRouter();
  await connect(network, node.network);
  await meshed(node);
  const frames: number[] = [];
  const strange = router as unknown as { handleReceivedRpc(from: unknown, rpc: Rpc): Promise<void> };
  strange.handleReceivedRpc = (_from, rpc) => Promise.resolve(void frames.push(rpc.messages.length));
  const own = asRouter((node.network.services as unknown as { readonly pubsub: unknown }).pubsub);
  const messages = Array.from({ length: 70 }, () => ({ data: new Uint8Array(16_000), topic: TOPIC }));
  (own as unknown as { sendRpc(to: string, rpc: Rpc): boolean }).sendRpc(network.peerId.toString(), { messages });
  await expect.poll(() => frames.reduce((sum, count) => sum + count, 0), POLL).toBe(70);
  expect(Math.max(...frames)).toBe(MESSAGES_SENT_MAX);
});

test("nothing names its author on the wire", async () => {
  const node = await MeshNode.start();
  const { network, router } = await strangerRouter();
  await connect(network, node.network);
  await meshed(node);
  const came = new Promise<unknown>((resolve) => {
    router.addEventListener("gossipsub:message", ({ detail }) => resolve(detail.msg));
  });
  node.mesh.publish(gossip(1));
  const message = await came;
  expect(Object.keys(message as object).toSorted()).toEqual(["data", "topic", "type"]);
  expect(message).toMatchObject({ type: "unsigned", topic: TOPIC });
});
