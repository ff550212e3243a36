import type { Check, DirectoryStatus, NetworkView, Status } from "../../control/index.ts";
import type { ChhayaNode } from "../node.ts";
import { status } from "../service/status.ts";
import { fail, ok, warn } from "./finding.ts";
import { examineMachine } from "./machine.ts";

/** A node that has just started is given this long to find anybody. */
const STARTING_MS = 60_000;

/** Every check, the machine's first. */
export async function* examine(node: ChhayaNode): AsyncGenerator<Check> {
  const now = node.clock.now();
  yield* examineMachine(node.home, now);
  yield ok("configuration", "every key of config.toml makes sense");
  const current = await status(node);
  if (current.network === null) {
    yield warn("network", "no node runs: nothing is sent or received", 'start "chhaya node"');
  } else {
    yield* network(current.network, node, now - node.startedAt < STARTING_MS);
  }
  yield* current.directories.map(directory);
  if (current.directories.length === 0) {
    yield ok("directories", "none is followed: contacts are added by their cards");
  }
  yield backlog(current);
  yield notices(current);
}

function* network(view: NetworkView, node: ChhayaNode, starting: boolean): Generator<Check> {
  const { network: config } = node.config;
  const soon = starting ? "it has just started: ask again in a minute" : "";
  const { connections, relayed } = view;
  yield connections > 0
    ? ok("peers", `${connections} connections, ${relayed} of them through relays`)
    : warn(
        "peers",
        "connected to nobody",
        soon || "name peers in network.bootstrap, or add contacts: they are the first peers of a new node",
      );
  yield reachability(view, config, soon);
  if (config.listen.includes("/p2p-circuit")) {
    yield view.relays > 0 || view.reachability === "public"
      ? ok("relays", view.relays > 0 ? `reached through ${view.relays}` : "not needed: others reach this node directly")
      : warn("relays", "no relay has taken this node", soon || "name relays in network.relays");
  }
  yield config.dht === "off"
    ? warn("dht", "turned off: who moves is not found again", 'set network.dht = "auto"')
    : view.dht.peers > 0
      ? ok("dht", `${view.dht.mode}, ${view.dht.peers} peers`)
      : warn("dht", "no peers yet: records stay here", soon || "name peers in network.bootstrap");
  if (view.refusedPeers > 0) yield warn("conduct", `${view.refusedPeers} peers are refused for what they did`, "");
}

function reachability(
  { reachability: found }: NetworkView,
  config: ChhayaNode["config"]["network"],
  soon: string,
): Check {
  switch (found) {
    case "public":
      return ok("reachability", "others reach this node directly");
    case "private":
      return ok("reachability", "behind a NAT: others reach this node through relays");
    case "unknown":
      return config.scope === "internet"
        ? warn("reachability", "nobody has confirmed yet that this node is reached", soon || "see peers and relays")
        : ok("reachability", `only within ${config.scope === "loopback" ? "this machine" : "local networks"}`);
  }
}

function directory({ convicted, epoch, frozen, name }: DirectoryStatus): Check {
  const check = `directory ${name}`;
  if (convicted) return fail(check, "convicted of telling two stories", "remove it from directories.followed");
  if (frozen) return fail(check, `no fresh head since epoch ${epoch}`, "ask its operator; try other mirrors");
  if (epoch === 0) return warn(check, "no head was accepted yet", "wait, and see whether its address is right");
  return ok(check, `fresh, epoch ${epoch}`);
}

function backlog({ waiting }: Status): Check {
  return waiting === 0
    ? ok("messages", "everything that was sent has arrived")
    : ok("messages", `${waiting} wait to be delivered; they leave when their receivers are reached`);
}

function notices({ notices: all }: Status): Check {
  const grave = all.filter((notice) => notice.grave).length;
  return grave === 0
    ? ok("notices", "nothing is wrong that you have not seen")
    : warn("notices", `${grave} that you have not seen`, 'read them: "chhaya read"');
}
