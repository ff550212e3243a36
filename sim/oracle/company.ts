import type { OverlayView } from "../network/index.ts";
import type { Oracle } from "./judge.ts";

const SAMPLE_MS = 2_000;
/** Whoever has just started first meets others. */
const ARRIVAL_MS = 30_000;

/** What a node promises of its surroundings. */
export interface Company {
  /** Honest neighbours on the gossip mesh that it has at least. */
  readonly meshMin: number;
  /** Honest peers in its DHT's table that it has at least. */
  readonly tableMin: number;
  /** Peers that are connected at most. */
  readonly connectedMax: number;
  /** Of these, attackers' at most: the rest of its room is kept for others. */
  readonly strangersMax: number;
  /** Neighbours on the gossip mesh at most, for longer than a moment. */
  readonly meshMax: number;
}

/** Attackers' peers are called `name/number`. */
function isHonest(peer: string): boolean {
  return !peer.includes("/");
}

function countHonest(peers: readonly string[]): number {
  return peers.filter(isHonest).length;
}

/** However many peers an attacker sends, a node keeps honest ones about it, and takes no more than it has room for. */
export function company({ connectedMax, meshMax, meshMin, strangersMax, tableMin }: Company): Oracle {
  return {
    name: "company",
    demand: "every honest node has honest peers on its mesh and in its table, and no more peers than its limits",
    watch(world, judge) {
      const startedMs = new Map<string, number>();
      /** Who had too many neighbours on the mesh when last looked at. */
      const full = new Set<string>();
      const lows = { mesh: Number.POSITIVE_INFINITY, table: Number.POSITIVE_INFINITY };
      const highs = { connected: 0, connectedStrangers: 0, mesh: 0, table: 0, strangers: 0 };

      const look = (name: string, view: OverlayView): void => {
        const [mesh, table] = [countHonest(view.mesh), countHonest(view.table)];
        highs.connected = Math.max(highs.connected, view.connected.length);
        highs.mesh = Math.max(highs.mesh, view.mesh.length);
        highs.table = Math.max(highs.table, view.table.length);
        highs.strangers = Math.max(highs.strangers, view.mesh.length - mesh);
        const strangers = view.connected.length - countHonest(view.connected);
        highs.connectedStrangers = Math.max(highs.connectedStrangers, strangers);
        judge.check(strangers <= strangersMax, () => `${name} gives ${strangers} of its connections to attackers`);
        judge.check(view.connected.length <= connectedMax, () => `${name} has ${view.connected.length} peers`);
        // Between two heartbeats it takes whoever it dialled itself.
        const isFull = view.mesh.length > meshMax;
        judge.check(!isFull || !full.has(name), () => `${name} keeps ${view.mesh.length} neighbours on the mesh`);
        if (isFull) full.add(name);
        else full.delete(name);
        if (world.kernel.elapsed < (startedMs.get(name) ?? 0) + ARRIVAL_MS) return;
        lows.mesh = Math.min(lows.mesh, mesh);
        lows.table = Math.min(lows.table, table);
        judge.check(mesh >= meshMin, () => `${name} has ${mesh} honest neighbours among ${view.mesh.length}`);
        judge.check(
          table >= tableMin,
          () => `${name} has ${table} honest peers among ${view.table.length} in its table`,
        );
      };

      world.every(SAMPLE_MS, Number.POSITIVE_INFINITY, () => {
        for (const { machine, name } of world.parties) {
          const view = machine.up ? world.network.overlay.view(name) : undefined;
          if (view !== undefined) look(name, view);
        }
      });
      return {
        restarted: ({ name }) => void startedMs.set(name, world.kernel.elapsed),
        ended() {
          world.counts.set("peers connected, at most", highs.connected);
          world.counts.set("attackers connected, at most", highs.connectedStrangers);
          world.counts.set("mesh, at most", highs.mesh);
          world.counts.set("mesh, attackers at most", highs.strangers);
          world.counts.set("mesh, honest at least", lows.mesh);
          world.counts.set("table, at most", highs.table);
          world.counts.set("table, honest at least", lows.table);
        },
      };
    },
  };
}
