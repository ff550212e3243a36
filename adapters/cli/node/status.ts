import type { Command } from "commander";
import type { NetworkView, Status } from "../../control/index.ts";
import { type AccountFlags, accountFlags } from "./flags.ts";
import { withService } from "./open-service.ts";
import { localTime, noticeLines, printableName, say, sayJson, styled } from "./output.ts";

export function addStatus(program: Command): void {
  accountFlags(program.command("status").description("what the node is doing, and what you should know")).action(
    async (flags: AccountFlags) => {
      const status = await withService(flags, (service) => service.call("status", {}));
      if (flags.json) sayJson(status);
      else say(statusLines(status).join("\n"));
    },
  );
}

function statusLines(status: Status): string[] {
  const { contacts, directories, network, notices, online, roles, startedAt, unread, version, waiting } = status;
  const row = (what: string, value: string): string => `  ${styled("dim", what.padEnd(13))}  ${value}`;
  return [
    online
      ? `${styled("green", "●")} chhaya ${version} runs since ${localTime(startedAt)}`
      : `${styled("yellow", "○")} No node runs: nothing is sent or received. Start "chhaya node".`,
    row("contacts", String(contacts)),
    row("unread", unread === 0 ? "none" : `${unread}: "chhaya read"`),
    row("waiting", waiting === 0 ? "nothing waits to be delivered" : `${waiting} to be delivered`),
    ...(roles.length === 0 ? [] : [row("roles", roles.join(", "))]),
    ...(network === null ? [] : networkLines(network, row)),
    ...directories.map(({ convicted, epoch, frozen, mirrored, name }) =>
      row(
        "directory",
        `${printableName(name)}: ${convicted ? styled("red", "convicted") : frozen ? styled("red", "frozen") : "fresh"}, epoch ${epoch}${mirrored === null ? "" : `, mirrored to ${mirrored}`}`,
      ),
    ),
    ...notices.map((notice) => noticeLines(notice)),
  ];
}

function networkLines(network: NetworkView, row: (what: string, value: string) => string): string[] {
  const { addresses, connections, dht, gossip, identityDrawn, identityUntil, peer, reachability, relayed, relays } =
    network;
  const transports = Object.entries(network.transports)
    .map(([name, count]) => `${count} ${name}`)
    .join(", ");
  return [
    row("peer id", peer),
    row(
      "",
      `drawn ${localTime(identityDrawn)}, ${identityUntil === null ? "kept for good" : `until ${localTime(identityUntil)}`}`,
    ),
    ...addresses.map((address, i) => row(i === 0 ? "addresses" : "", address)),
    row("reachability", reachability === "private" ? "behind a NAT, through relays" : reachability),
    row("connections", `${connections}${transports === "" ? "" : ` (${transports})`}, ${relayed} through relays`),
    row("relays", `${relays} reservations`),
    row("dht", `${dht.mode}, ${dht.peers} peers`),
    row("gossip", `${gossip.peers} peers, ${gossip.mesh} on the mesh`),
    ...(network.refusedPeers > 0 ? [row("refused", `${network.refusedPeers} peers`)] : []),
  ];
}
