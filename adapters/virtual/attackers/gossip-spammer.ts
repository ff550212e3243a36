import { RPC } from "@libp2p/gossipsub/message";
import type { Connection, Stream as Libp2pStream } from "@libp2p/interface";
import { sha256 } from "@noble/hashes/sha2.js";
import { multiaddr } from "@multiformats/multiaddr";
import type { Libp2p } from "libp2p";
import type { Attacker, AttackerAims, Stream } from "../../../sim/index.ts";
import { TOPIC } from "../../libp2p/mesh/index.ts";
import { framed, joined, readFrames } from "./frames.ts";
import { controlRpc, rpc } from "./gossip.ts";
import { type Ground, repeat } from "./ground.ts";
import { barePeer, maskOf } from "./peer.ts";

const PROTOCOL = "/meshsub/1.2.0";
const NONCE_BYTES = 8;
/** Longer than any message; longer than any frame of the router's protocol. */
const LONG_BYTES = 100_000;
const GIANT_BYTES = 1_200_000;
/** More than a frame may hold. */
const NAMES_TOO_MANY = 1_500;
const NAMES_AT_ONCE = 64;
/** Messages that a spammer keeps to repeat. */
const HEARD_MAX = 64;
const REDIAL_MS = 10_000;
const PORT = 4_001;

interface Spam {
  /** Times a second, for each of the victims; of `perSecond`, if that is less. */
  readonly perSecond: number;
  /** Bytes of one frame; undefined: there is nothing to send yet. */
  make(stream: Stream, heard: readonly Uint8Array[], turn: number): Uint8Array | undefined;
}

/** One abuse each. A spammer keeps to its own, so that it is known what it is graylisted for. */
const SPAM: Readonly<Record<string, Spam>> = {
  /** Offers messages that there are not, and gives none when it is asked. */
  promises: {
    perSecond: 4,
    make: (stream) => controlRpc({ ihave: [{ topicID: TOPIC, messageIDs: names(stream, NAMES_AT_ONCE) }] }),
  },
  /** Asks for everything again and again. */
  wants: {
    perSecond: 100,
    make: (stream, heard) =>
      controlRpc({ iwant: [{ messageIDs: [...heard.map((message) => sha256(message)), ...names(stream, 4)] }] }),
  },
  /** Gossip that does not decode. */
  noise: { perSecond: 1, make: (stream) => spoken(stream.bytes(stream.between(0, 2_000))) },
  oversized: { perSecond: 1, make: (stream) => spoken(stream.bytes(LONG_BYTES)) },
  giants: { perSecond: 0.5, make: () => new Uint8Array(GIANT_BYTES) },
  /** Frames that the router cannot read: no Protocol Buffers, or with longer lists than a frame may have. */
  garbage: {
    perSecond: 8,
    make: (stream, _, turn) =>
      turn % 2 === 0
        ? Uint8Array.of(0xff, ...stream.bytes(stream.between(1, 400)))
        : controlRpc({ ihave: [{ topicID: TOPIC, messageIDs: names(stream, NAMES_TOO_MANY) }] }),
  },
  /** Joins the mesh, leaves it and joins it at once again. */
  grafts: {
    perSecond: 2,
    make: (_, __, turn) =>
      controlRpc(turn % 2 === 0 ? { prune: [{ topicID: TOPIC, peers: [] }] } : { graft: [{ topicID: TOPIC }] }),
  },
  /** Old gossip: as it was, or in a new wrapping. */
  replays: {
    perSecond: 16,
    make(stream, heard, turn) {
      if (heard.length === 0) return undefined;
      const message = stream.pick(heard);
      const again = joined([stream.bytes(NONCE_BYTES), message.subarray(NONCE_BYTES)]);
      return spoken(turn % 2 === 0 ? message : again);
    },
  },
};

export const SPAM_KINDS: readonly string[] = Object.keys(SPAM);

/**
 * `identities` peers, each at a place of its own, that abuse gossip at all `victims`, at most `perSecond` times. `counts`
 * says for each of them and each victim how often.
 */
export function gossipSpammer(ground: Ground, aims: AttackerAims): Attacker {
  const { identities = SPAM_KINDS.length, perSecond = Number.POSITIVE_INFINITY, victims = [] } = aims;
  const counts: Record<string, number> = {};
  let stopped = false;
  const spammers = Array.from({ length: identities }, async (_, number) => {
    const kind = SPAM_KINDS[number % SPAM_KINDS.length] as string;
    const spam = SPAM[kind] as Spam;
    const stream = ground.stream.child(`spammer ${number}`);
    const host = ground.host(number);
    const mask = await maskOf(stream.child("identity").bytes(32));
    ground.know(number, mask.peer);
    const network = await barePeer(host, mask, PORT);
    const line = new Line(network);
    await line.listen();
    const names = new Map(victims.map((victim) => [ground.peerOf(victim), victim]));
    const act = (turn: number): void => {
      for (const [peer, victim] of names) {
        const frame = line.to(peer) === undefined ? undefined : spam.make(stream, line.heard, turn);
        if (frame === undefined || !line.send(peer, framed(frame))) continue;
        const name = `${kind} ${number} ${victim}`;
        counts[name] = (counts[name] ?? 0) + 1;
      }
    };
    const call = (): void => {
      for (const [peer, victim] of names) if (line.to(peer) === undefined) line.dial(ground.addressesOf(victim));
    };
    repeat(ground, REDIAL_MS, () => stopped, call);
    let turn = 0;
    repeat(
      ground,
      Math.ceil(1_000 / Math.min(perSecond, spam.perSecond)),
      () => stopped,
      () => act(turn++),
    );
    return network;
  });
  for (const spammer of spammers) spammer.catch(ground.failed);
  return {
    counts,
    stop() {
      stopped = true;
      for (const spammer of spammers) void spammer.then((network) => network.stop()).catch(ground.failed);
    },
  };
}

/** Speaks the router's protocol with whoever opens a stream. */
class Line {
  readonly #network: Libp2p;
  readonly #open = new Map<string, Libp2pStream>();
  /** The newest messages that were brought to it, with their nonces. */
  readonly heard: Uint8Array[] = [];

  constructor(network: Libp2p) {
    this.#network = network;
  }

  async listen(): Promise<void> {
    await this.#network.handle(PROTOCOL, (stream, connection) => {
      readFrames(stream, (message) => this.#hear(message));
      void this.#answer(connection).catch(() => {});
    });
  }

  dial(addresses: readonly string[]): void {
    if (addresses.length === 0) return;
    // Whoever refuses it is called again later.
    this.#network.dial(addresses.map((address) => multiaddr(address))).catch(() => {});
  }

  /** A stream to a peer, while it is open. */
  to(peer: string): Libp2pStream | undefined {
    const stream = this.#open.get(peer);
    return stream?.status === "open" ? stream : undefined;
  }

  send(peer: string, bytes: Uint8Array): boolean {
    const stream = this.to(peer);
    // Whoever does not read is not written to for ever.
    if (stream === undefined || stream.writeBufferLength > GIANT_BYTES) return false;
    stream.send(bytes);
    return true;
  }

  /** Only whoever the router knows by now is listened to: those that it has opened a stream to. */
  async #answer(connection: Connection): Promise<void> {
    const peer = connection.remotePeer.toString();
    if (this.to(peer) !== undefined) return;
    const stream = await connection.newStream(PROTOCOL);
    this.#open.set(peer, stream);
    this.send(peer, framed(rpc({ subscriptions: [{ subscribe: true, topic: TOPIC }] })));
    this.send(peer, framed(controlRpc({ graft: [{ topicID: TOPIC }] })));
  }

  #hear(frame: Uint8Array): void {
    for (const { data, topic } of RPC.decode(frame).messages) {
      if (topic !== TOPIC || data === undefined) continue;
      this.heard.push(data.slice());
      if (this.heard.length > HEARD_MAX) this.heard.shift();
    }
  }
}

function spoken(data: Uint8Array): Uint8Array {
  return rpc({ messages: [{ data, topic: TOPIC }] });
}

function names(stream: Stream, count: number): Uint8Array[] {
  return Array.from({ length: count }, () => stream.bytes(32));
}
