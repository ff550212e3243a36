import { type GossipSub, gossipsub, type GossipSubComponents, TopicValidatorResult } from "@libp2p/gossipsub";
import type { Connection, PeerId } from "@libp2p/interface";
import type { Libp2p } from "libp2p";
import { decode } from "../../../core/codec/index.ts";
import { GOSSIP_BYTES_MAX, gossipCodec } from "../../../core/node/index.ts";
import { assert } from "../../../core/safety/index.ts";
import type { Conduct } from "../conduct/index.ts";
import { crowding } from "./crowding.ts";
import { holdToFrames, type Rpc } from "./frames.ts";
import { MESSAGE_BYTES_MAX, unwrap } from "./message.ts";
import { scoreParams, thresholds } from "./scoring.ts";

/** What all nodes of this network spread. Another version of the messages is another topic. */
export const TOPIC = "/chhaya/gossip/1";

/** Neighbours on the mesh: wanted, at least, at most; of them, those that this node dialled itself. */
const MESH_PEERS = { D: 8, Dlo: 6, Dhi: 12, Dout: 3 } as const;
/** Of the mesh's peers, those that stay for their score when there are too many. */
const MESH_PEERS_BY_SCORE = 6;
/**
 * Of the peers beside the mesh, those that are told in a second what there is, and so in each of the next two. Where most
 * cannot be reached from outside, those who can have no places left for them, and this is all that they hear: a quarter,
 * as the library has it, leaves one in two hundred of them without a head that six such neighbours have.
 */
const TOLD_BESIDE_MESH = 0.5;
/** One frame of the router's protocol: messages, and lists of names of messages. */
const RPC_BYTES_MAX = 1_048_576;
/** What waits to be taken by one neighbour. */
const OUTBOUND_BYTES_MAX = 1_048_576;
const STREAMS_PER_PEER_MAX = 4;
/** In one frame. */
const MESSAGES_MAX = 128;
const CONTROL_MAX = 32;
const IDS_MAX = 1_024;
const HEARTBEAT_MS = 1_000;
/** Longer than a message can be offered by anybody: five heartbeats, and the way. */
const SEEN_MS = 120_000;
/** Peers, not topics, are what there are many of. */
const TOPIC_BYTES_PER_PEER_MAX = 4_096;

/** What the library's router has beside what its type says. */
export interface Router extends GossipSub {
  handleReceivedRpc(from: PeerId, rpc: Rpc): Promise<void>;
  /** False for a peer below the graylist threshold: the router ignores what it sends. */
  acceptFrom(peer: string): boolean;
  reportMessageValidationResult(id: string, source: string, verdict: TopicValidatorResult): void;
  getMeshPeers(topic: string): string[];
  addPeer(peer: PeerId, direction: Connection["direction"], address: Connection["remoteAddr"]): void;
  readonly score: { score(peer: string): number };
}

/** What libp2p gives a service, as far as the router uses it. */
export type RouterComponents = GossipSubComponents & { readonly events: Pick<Libp2p, "addEventListener"> };

type RouterConduct = Pick<Conduct, "admit" | "note" | "score">;

/**
 * The router of gossip, a libp2p service. `isNamed`: this node did not have the peer's address from strangers.
 *
 * Nothing is signed: a signature would tie every message to the network identity that spread it first, for all to see
 * and for good. It would prove nothing besides: heads, equivocations and rotations carry the signatures that count, and
 * who forwards them does not matter. For the same reason a node's own messages go to its mesh alone, as forwarded ones
 * do, and not to every peer; and no peer has a lasting place on the mesh (a "direct peer"), by which one could see who
 * knows whom.
 */
export function gossipMesh(
  conduct: RouterConduct,
  isNamed: (peer: string) => boolean = () => true,
): (components: RouterComponents) => GossipSub {
  return (components) => {
    const router = gossipsub({
      globalSignaturePolicy: "StrictNoSign",
      ...MESH_PEERS,
      Dscore: MESH_PEERS_BY_SCORE,
      gossipFactor: TOLD_BESIDE_MESH,
      floodPublish: false,
      fallbackToFloodsub: false,
      doPX: false,
      emitSelf: false,
      asyncValidation: true,
      allowPublishToZeroTopicPeers: true,
      ignoreDuplicatePublishError: true,
      allowedTopics: [TOPIC],
      runOnLimitedConnection: true,
      heartbeatInterval: HEARTBEAT_MS,
      seenTTL: SEEN_MS,
      maxInboundDataLength: RPC_BYTES_MAX,
      maxOutboundBufferSize: OUTBOUND_BYTES_MAX,
      maxInboundStreams: STREAMS_PER_PEER_MAX,
      maxOutboundStreams: STREAMS_PER_PEER_MAX,
      maxTopicBytesPerPeer: TOPIC_BYTES_PER_PEER_MAX,
      idontwantMaxMessages: IDS_MAX,
      decodeRpcLimits: {
        maxSubscriptions: CONTROL_MAX,
        maxMessages: MESSAGES_MAX,
        maxControlMessages: CONTROL_MAX,
        maxIhaveMessageIDs: IDS_MAX,
        maxIwantMessageIDs: IDS_MAX,
        maxIdontwantMessageIDs: IDS_MAX,
        maxPeerInfos: 0,
      },
      scoreParams: scoreParams(TOPIC, appScore(conduct, components)),
      scoreThresholds: thresholds,
    })(components);
    router.topicValidators.set(TOPIC, (peer, message) => judge(conduct, peer.toString(), message.data));
    distrustLures(asRouter(router), isNamed);
    holdToFrames(router, conduct);
    admitRpcs(asRouter(router), conduct);
    return router;
  };
}

/** The router that a libp2p node runs. */
export function asRouter(service: unknown): Router {
  const router = service as Partial<Router>;
  for (const name of [
    "handleReceivedRpc",
    "acceptFrom",
    "reportMessageValidationResult",
    "getMeshPeers",
    "addPeer",
  ] as const) {
    assert(typeof router[name] === "function", `the router has no ${name}`);
  }
  return service as Router;
}

/**
 * Whom this node dialled itself has places on the mesh that others cannot take, since an attacker cannot choose to be
 * dialled. But it can: lookups dial whoever strangers name. So only those count whom somebody else named.
 */
function distrustLures(router: Router, isNamed: (peer: string) => boolean): void {
  const add = router.addPeer.bind(router);
  router.addPeer = (peer, direction, address) =>
    add(peer, direction === "outbound" && isNamed(peer.toString()) ? "outbound" : "inbound", address);
}

/** What does not decode no node has passed on: whoever brings it made it. */
function judge(conduct: RouterConduct, peer: string, message: Uint8Array): TopicValidatorResult {
  const content = unwrap(message);
  if (content !== undefined && decode(gossipCodec, content, GOSSIP_BYTES_MAX).ok) return TopicValidatorResult.Accept;
  conduct.note(peer, "invalid-gossip");
  return TopicValidatorResult.Reject;
}

/**
 * Drops what is over a peer's budget, or longer than any message, before the router has seen it. Its own validation
 * comes too late: what it once ignored it takes from nobody else, so that a flooder could have this node ignore whatever
 * it brings first.
 */
function admitRpcs(router: Router, conduct: RouterConduct): void {
  const handle = router.handleReceivedRpc.bind(router);
  router.handleReceivedRpc = async (from, rpc) => {
    const peer = from.toString();
    // What the router would ignore must not use up the budget of all.
    if (!router.acceptFrom(peer)) return;
    // Lists of names cost about what opening a stream does, and come about once a second.
    if (rpc.messages.length === 0 && !conduct.admit(peer, "stream", 0)) return;
    const messages = rpc.messages.filter(({ data }) => {
      const bytes = data?.length ?? 0;
      if (!conduct.admit(peer, "gossip", bytes)) return false;
      if (bytes > MESSAGE_BYTES_MAX) conduct.note(peer, "oversized");
      return bytes <= MESSAGE_BYTES_MAX;
    });
    const wanted = rpc.control?.iwant ?? [];
    const overdone = wanted.length > 0 && !conduct.admit(peer, "want", 0);
    await handle(from, { ...rpc, messages, ...(overdone ? { control: { ...rpc.control, iwant: [] } } : {}) });
  };
}

/** What is known of a peer beside its gossip. Crowds are counted when connections came or went: it is asked all the time. */
function appScore(conduct: RouterConduct, components: RouterComponents): (peer: string) => number {
  const { connectionManager, events } = components;
  let crowds: ReadonlyMap<string, number> | undefined;
  for (const change of ["connection:open", "connection:close"] as const) {
    events.addEventListener(change, () => (crowds = undefined));
  }
  return (peer) => {
    crowds ??= crowding(connectionManager.getConnections());
    return conduct.score(peer) + (crowds.get(peer) ?? 0);
  };
}
