import { accountKey, cardToText, safetyNumber } from "../../../core/identity/index.ts";
import type { Identity, NetworkView, Status } from "../../control/index.ts";
import { nativeSuite } from "../../suite/index.ts";
import type { ChhayaNode } from "../node.ts";
import { unreadCount } from "./messages.ts";

/** Unread messages are counted up to here. */
const UNREAD_MAX = 10_000;

export async function identity(node: ChhayaNode): Promise<Identity> {
  const { engine } = await node.session();
  const card = engine.card();
  return {
    account: engine.account,
    device: engine.device,
    name: card.label,
    fingerprint: fingerprintOf(engine.account),
    card: cardToText(nativeSuite, card),
    compactCard: cardToText(nativeSuite, { ...card, addresses: [] }),
    addresses: card.addresses,
    online: node.isOnline,
  };
}

/** The half of a safety number that stands for one account: 30 digits in 6 groups. */
function fingerprintOf(account: string): string {
  const number = safetyNumber(nativeSuite, accountKey(account), accountKey(account));
  return number.slice(0, (number.length - 1) / 2);
}

export async function status(node: ChhayaNode): Promise<Status> {
  const { engine } = await node.session();
  const { contacts, logBytes, logs } = engine.inspect();
  return {
    version: node.version,
    online: node.isOnline,
    startedAt: node.startedAt,
    name: engine.card().label,
    contacts,
    unread: unreadCount(node, UNREAD_MAX),
    waiting: new Set(engine.outbox().map(({ token }) => token)).size,
    logBytes,
    roles: node.roles.kinds,
    network: await networkView(node),
    directories: Object.entries(logs).map(([log, { convicted, epoch, frozen, mirrored, name }]) => ({
      name,
      log,
      epoch,
      convicted,
      frozen: frozen !== undefined,
      mirrored: mirrored ?? null,
    })),
    notices: node.attention.notices.map(({ at, grave, id, text, topic }) => ({
      kind: "notice",
      id,
      at,
      topic,
      grave,
      text,
    })),
  };
}

async function networkView(node: ChhayaNode): Promise<NetworkView | null> {
  const { network } = await node.session();
  if (network === undefined) return null;
  const { addresses, connections, dht, gossip, peer, reachability, refusedPeers, relays } = network.status();
  return {
    peer,
    addresses,
    connections: connections.total,
    relayed: connections.relayed,
    transports: connections.byTransport,
    reachability,
    relays: relays.length,
    dht,
    gossip,
    refusedPeers,
    identityDrawn: node.identity?.drawn ?? 0,
    identityUntil: node.identity?.until ?? null,
  };
}
