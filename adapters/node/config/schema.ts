import { multiaddr } from "@multiformats/multiaddr";
import { z } from "zod";
import { DEFAULT_SETTINGS, LOGS_MAX, SERVERS_MAX } from "../../../core/node/index.ts";
import type { Config } from "./config.ts";

/*
 * Every key of config.toml, its default and what it means, in one place: the file that `chhaya init` writes is made
 * of this (documented.ts), and so is what is said about a mistake (read.ts).
 */

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const ADDRESSES_MAX = 64;
const ADDRESS_CHARS_MAX = 512;
const PATH_CHARS_MAX = 4_096;
/** An anchor names up to 64 witnesses with their proofs of possession. */
const LINE_CHARS_MAX = 65_536;

/** Of a key that has no default: what it could be, shown in the documented file. */
type Example = { readonly example: unknown };

function documented<S extends z.ZodType>(schema: S, description: string, example?: unknown): S {
  const meta: Partial<Example> & { readonly description: string } = {
    description,
    ...(example === undefined ? {} : { example }),
  };
  return schema.meta(meta);
}

const address = z
  .string()
  .max(ADDRESS_CHARS_MAX)
  .refine(isMultiaddr, "is no multiaddr, such as /ip4/192.0.2.1/tcp/4001");
const peerAddress = address.refine(
  (text) => /\/p2p\/[^/]+$/u.test(text),
  "is no multiaddr that ends in /p2p/ and a peer id",
);
const path = z.string().min(1).max(PATH_CHARS_MAX);
const line = z.string().min(1).max(LINE_CHARS_MAX);

function addresses<S extends z.ZodType<string>>(of: S): z.ZodArray<S> {
  return z.array(of).max(ADDRESSES_MAX);
}

const network = z.strictObject({
  listen: documented(
    addresses(address).default([
      "/ip4/0.0.0.0/udp/0/quic-v1",
      "/ip6/::/udp/0/quic-v1",
      "/ip4/0.0.0.0/tcp/0",
      "/ip6/::/tcp/0",
      "/ip4/0.0.0.0/udp/0/webrtc-direct",
      "/p2p-circuit",
    ]),
    "Where the node listens. Port 0: one that the system chooses, another at every start. /p2p-circuit: at relays too, for a node behind a NAT.",
  ),
  announce: documented(
    addresses(address).default([]),
    "Addresses that are told to others instead of those found: for a node behind a forwarded port.",
    ["/ip4/192.0.2.1/udp/4001/quic-v1"],
  ),
  scope: documented(
    z.enum(["loopback", "private", "internet"]).default("internet"),
    'Whom the node ever dials: "loopback" this machine, "private" local networks too, "internet" everybody.',
  ),
  bootstrap: documented(
    addresses(peerAddress).default([]),
    "Peers to begin with, each a multiaddr that ends in /p2p/ and a peer id.",
    ["/ip4/192.0.2.1/udp/4001/quic-v1/p2p/12D3KooW…"],
  ),
  bootstrap_list: documented(
    path.optional(),
    "A signed list of such peers, as `chhaya bootstrap` makes it. It is used while it is good, and none that is older than the last one.",
    "bootstrap.list",
  ),
  bootstrap_anchor: documented(
    line.optional(),
    "Who signs that list: the line that `chhaya bootstrap anchor` printed, or a file that holds it.",
    "bootstrap.anchor",
  ),
  relays: documented(
    addresses(peerAddress).default([]),
    "Relays to be reached through, besides those that are found: multiaddrs that end in /p2p/ and a peer id.",
    ["/ip4/192.0.2.4/udp/4001/quic-v1/p2p/12D3KooW…"],
  ),
  serve_relay: documented(
    z.boolean().default(false),
    "Relays for others, within limits. For a node that the whole network reaches.",
  ),
  dht: documented(
    z.enum(["server", "client", "auto", "off"]).default("auto"),
    'Stores records for others: "server" always, "client" never, "auto" while the node is reachable. "off" takes no part in the DHT at all.',
  ),
  mdns: documented(
    z.boolean().default(true),
    "Finds peers on the local network, and thereby tells everybody on it that a node runs here.",
  ),
  hole_punching: documented(
    z.boolean().default(false),
    "Replaces connections through a relay by direct ones where the networks let it (DCUtR, WebRTC). Whoever calls through a relay, a stranger too, then learns the IP addresses of this machine.",
  ),
  identity_days: documented(
    z.int().min(0).max(3_650).optional(),
    "The network identity (the peer id, which says nothing about the account) is drawn anew after so many days. 0: never, as a node needs whose address others have in their configuration. Without this key: 7 days, and never for a relay, mirror, witness or directory.",
    7,
  ),
});

const followed = z.strictObject({
  anchor: line,
  mirrors: z.array(peerAddress).max(SERVERS_MAX).default([]),
  directory: peerAddress,
});

const directories = z.strictObject({
  agreement: documented(
    z.int().min(1).max(LOGS_MAX).default(1),
    "How many followed directories must agree on a label before it is believed.",
  ),
  followed: documented(
    z.array(followed).max(LOGS_MAX).default([]),
    "Directories that this node believes once they are verified. anchor: the line that `chhaya directory init` printed, or a file that holds it. Mirrors are asked before the directory, which thus learns less of who looks up whom.",
    [
      {
        anchor: "town.anchor",
        mirrors: ["/ip4/192.0.2.2/udp/4001/quic-v1/p2p/12D3KooW…"],
        directory: "/ip4/192.0.2.3/udp/4001/quic-v1/p2p/12D3KooW…",
      },
    ],
  ),
});

const roles = z.strictObject({
  mirror: documented(z.boolean().default(false), "Keeps and serves a replica of every followed directory."),
  witness: documented(
    path.optional(),
    "The folder of a witness (`chhaya witness init`) that this node is from now on: it cosigns over the network, and the folder signs nothing by other commands any more.",
    "witness",
  ),
  witness_logs: documented(
    z.array(line).max(LOGS_MAX).default([]),
    "The anchors of the directories that it cosigns: lines, or files that hold them.",
    ["town.anchor"],
  ),
  directory: documented(
    path.optional(),
    "The folder of a directory without any epoch (`chhaya directory init`) that this node publishes from now on. Its log is kept in the node's own index, and `chhaya directory register` and `publish` refuse the folder.",
    "town",
  ),
  directory_witnesses: documented(
    z
      .record(
        z.string().regex(/^(?:[0-9a-f]{2}){4,48}$/u, "is not the hexadecimal beginning of a witness's key"),
        peerAddress,
      )
      .default({}),
    "Where its witnesses are reached, by the beginning of their keys as `chhaya directory show` prints them.",
    { a7b1f40e: "/ip4/192.0.2.4/udp/4001/quic-v1/p2p/12D3KooW…" },
  ),
});

const metrics = z.strictObject({
  port: documented(
    z.int().min(1).max(65_535).optional(),
    "Serves Prometheus metrics and /health on this port of 127.0.0.1. Without this key: neither.",
    9464,
  ),
});

const log = z.strictObject({
  level: documented(
    z.enum(["debug", "info", "warn", "error", "silent"]).default("info"),
    "What `chhaya node` writes to standard error. At no level are there contents, names, accounts or peers in it.",
  ),
});

const settings = z.strictObject({
  one_time_prekeys: documented(
    z.int().min(1).max(48).default(DEFAULT_SETTINGS.oneTimePrekeys),
    "One-time prekeys that are kept published: so many people can begin a conversation while this node is off without sharing a prekey.",
  ),
  record_life_days: documented(
    z
      .int()
      .min(1)
      .max(30)
      .default(DEFAULT_SETTINGS.recordLifeMs / DAY_MS),
    "How long others are asked to keep what this node publishes, and thus for how long it may be off and still be found.",
  ),
  compact_seconds: documented(
    z
      .int()
      .min(1)
      .max(86_400)
      .default(DEFAULT_SETTINGS.compactMs / 1_000),
    "The log is rewritten at most so long after a change: until then the disk holds superseded keys, under the storage key.",
  ),
  head_age_hours: documented(
    z
      .int()
      .min(1)
      .max(720)
      .default(DEFAULT_SETTINGS.headAgeMsMax / HOUR_MS),
    "From this age on the newest head of a directory vouches for nobody any more.",
  ),
});

/** Of the file in documented.ts, in order. */
export const SECTIONS: Readonly<Record<string, z.ZodObject>> = { network, directories, roles, metrics, log, settings };

export const configSchema: z.ZodType<Config> = z.strictObject({
  network: network.prefault({}),
  directories: directories.prefault({}),
  roles: roles.prefault({}),
  metrics: metrics.prefault({}),
  log: log.prefault({}),
  settings: settings.prefault({}),
}) as unknown as z.ZodType<Config>;

/** The keys that may stand at a path, for "did you mean"; undefined where any may. */
export function keysAt(at: readonly PropertyKey[]): readonly string[] | undefined {
  const [section, key] = at;
  if (section === undefined) return Object.keys(SECTIONS);
  if (key === undefined) return Object.keys(SECTIONS[String(section)]?.shape ?? {});
  return section === "directories" && key === "followed" ? Object.keys(followed.shape) : undefined;
}

function isMultiaddr(text: string): boolean {
  try {
    multiaddr(text);
    return text.startsWith("/");
  } catch {
    return false;
  }
}
