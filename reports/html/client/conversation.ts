import type { OracleVerdict, TimelineEntry } from "../../../sim/result.ts";
import type { PageRun } from "../data.ts";

/** One line of a sequence diagram. Indices refer to the list of steps that holds it. */
export interface Step {
  readonly atMs: number;
  readonly kind: TimelineEntry["kind"] | "violation";
  readonly from: string;
  readonly to?: string;
  readonly bytes?: number;
  readonly note?: string;
  /** Of a packet or injection: the step at which it arrived or was dropped. */
  end?: number;
  /** Of an arrival or drop: the step at which it left. */
  start?: number;
}

export interface Pair {
  readonly a: string;
  readonly b: string;
}

export interface Conversation {
  /** Every node a run's timeline names, in natural order. */
  nodes(run: PageRun): string[];
  /** The two nodes worth seeing first: those of the first failure, or those that talk the most. */
  defaultPair(run: PageRun): Pair;
  /** What happened between two nodes and at them; with `others`, also their traffic with other nodes. */
  steps(run: PageRun, pair: Pair, others: boolean): Step[];
}

/** Embedded in the page as source: it must refer to nothing outside itself. */
export function conversation(): Conversation {
  const isLocal = (entry: TimelineEntry): boolean => entry.to === undefined || entry.to === entry.from;

  function nodes(run: PageRun): string[] {
    const names = new Set<string>();
    for (const entry of run.detail?.timeline ?? []) {
      if (entry.kind === "fault" && entry.to === undefined) continue;
      names.add(entry.from);
      if (entry.to !== undefined) names.add(entry.to);
    }
    return [...names].sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  }

  function firstFailure(run: PageRun): OracleVerdict | undefined {
    return run.oracles
      .filter((oracle) => oracle.verdict === "failed")
      .sort((a, b) => (a.atMs ?? Infinity) - (b.atMs ?? Infinity))[0];
  }

  /** Weighs pairs by what people said and read, packets only breaking ties. */
  function busiest(run: PageRun, among: readonly string[]): Pair | undefined {
    const weights = new Map<string, { pair: Pair; weight: number }>();
    for (const { kind, from, to } of run.detail?.timeline ?? []) {
      if (to === undefined || to === from || kind === "inject" || kind === "fault") continue;
      if (!among.every((name) => name === from || name === to)) continue;
      const key = JSON.stringify(from < to ? [from, to] : [to, from]);
      const found = weights.get(key) ?? { pair: { a: from, b: to }, weight: 0 };
      found.weight += kind === "say" || kind === "deliver" ? 1 : 1e-6;
      weights.set(key, found);
    }
    return [...weights.values()].sort((x, y) => y.weight - x.weight)[0]?.pair;
  }

  function defaultPair(run: PageRun): Pair {
    const known = nodes(run);
    const failure = firstFailure(run);
    const words = (failure?.message ?? "").split(/[^\p{L}\p{N}_-]+/u);
    const named = [...new Set(words)].filter((word) => known.includes(word)).slice(0, 2);
    const [a, b] = named;
    if (a !== undefined && b !== undefined) return { a, b };
    const atMs = failure?.atMs;
    if (named.length === 0 && atMs !== undefined) {
      const last = (run.detail?.timeline ?? []).findLast(
        (entry) => entry.atMs <= atMs && !isLocal(entry) && entry.kind !== "fault" && entry.kind !== "inject",
      );
      if (last?.to !== undefined) return { a: last.from, b: last.to };
    }
    const found = busiest(run, named) ?? busiest(run, []);
    return found ?? { a: known[0] ?? "", b: known[1] ?? known[0] ?? "" };
  }

  interface View extends Pair {
    readonly known: ReadonlySet<string>;
    readonly injectors: ReadonlySet<string>;
    readonly others: boolean;
  }

  function concerns(entry: TimelineEntry, { a, b, known, injectors, others }: View): boolean {
    const touches = (name: string | undefined): boolean => name === a || name === b;
    if (entry.kind === "fault") return touches(entry.from) || touches(entry.to) || !known.has(entry.from);
    if (entry.kind === "inject") return touches(entry.to) || touches(entry.from);
    if (isLocal(entry)) return touches(entry.from);
    if (touches(entry.from) && touches(entry.to)) return true;
    if ((entry.kind === "arrive" || entry.kind === "drop") && injectors.has(entry.from)) return touches(entry.to);
    if (!others) return false;
    // Of a flight to or from elsewhere only the end at one of the two is theirs to see.
    if (entry.kind === "arrive" || entry.kind === "deliver") return touches(entry.to);
    return touches(entry.from) || (entry.kind === "drop" && touches(entry.to));
  }

  function steps(run: PageRun, pair: Pair, others: boolean): Step[] {
    const timeline = run.detail?.timeline ?? [];
    const injectors = new Set(timeline.filter((entry) => entry.kind === "inject").map((entry) => entry.from));
    const view: View = { ...pair, known: new Set(nodes(run)), injectors, others };
    const found: Step[] = [];
    const violations = run.oracles
      .filter((oracle) => oracle.verdict === "failed" && oracle.atMs !== undefined)
      .sort((x, y) => (y.atMs ?? 0) - (x.atMs ?? 0))
      .map((oracle): Step => {
        const note = `${oracle.name}: ${oracle.message ?? "failed"}`;
        return { kind: "violation", atMs: oracle.atMs ?? 0, from: "", note };
      });
    for (const entry of timeline) {
      while (violations.length > 0 && (violations.at(-1)?.atMs ?? 0) < entry.atMs) found.push(...violations.splice(-1));
      if (concerns(entry, view)) found.push({ ...entry });
    }
    found.push(...violations.reverse());
    matchFlights(found);
    return found;
  }

  /** Bytes that arrive or are dropped are taken for the oldest of equal length on the way between the same two. */
  function matchFlights(list: Step[]): void {
    const flying = new Map<string, number[]>();
    list.forEach((step, at) => {
      if (step.to === undefined) return;
      const key = JSON.stringify([step.from, step.to, step.bytes]);
      if (step.kind === "packet" || step.kind === "inject") {
        const queue = flying.get(key);
        if (queue) queue.push(at);
        else flying.set(key, [at]);
      } else if (step.kind === "arrive" || step.kind === "drop") {
        const start = flying.get(key)?.shift();
        const origin = start === undefined ? undefined : list[start];
        if (start === undefined || origin === undefined) return;
        step.start = start;
        origin.end = at;
      }
    });
  }

  return { nodes, defaultPair, steps };
}
