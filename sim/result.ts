/** The stack that a run used: modelled mesh, or operating-system processes over real wires. */
export type Stack = "model" | "real";

export type Verdict = "held" | "failed";

/** One oracle's judgement of one run. */
export interface OracleVerdict {
  readonly name: string;
  readonly verdict: Verdict;
  /** How often the oracle compared something; an oracle that checked nothing has failed. */
  readonly checks: number;
  /** What was violated, in one line, without contents. Present when failed. */
  readonly message?: string;
  /** Virtual time of the first violation. Present when it has one. */
  readonly atMs?: number;
}

/** One step of a run, as reports draw it. Never message contents. */
export interface TimelineEntry {
  readonly atMs: number;
  readonly kind:
    | "say" // a person sent a message
    | "deliver" // a person read it
    | "packet" // bytes left a node
    | "arrive" // bytes reached a node
    | "drop" // the network or a fault swallowed them
    | "inject" // the adversary put bytes on the wire
    | "event" // any other engine event
    | "crash"
    | "restart"
    | "fault"; // partition, heal, skew and the like
  /** Node names; `to` is absent for what happens at one node. */
  readonly from: string;
  readonly to?: string;
  readonly bytes?: number;
  /** A short label: the engine event's kind, a refusal code, a fault's name. */
  readonly note?: string;
}

/** Everything a run leaves behind. `--json` prints it without `timeline` and `states`. */
export interface RunResult {
  readonly scenario: string;
  readonly seed: number;
  readonly stack: Stack;
  /** What carried the bytes of a real run: "quic", "tcp", "ws" or "webrtc-direct". */
  readonly wire?: string;
  readonly nodes: number;
  readonly verdict: Verdict;
  readonly oracles: readonly OracleVerdict[];
  /** SHA-256 over every event of the run in order; 64 hexadecimal characters. */
  readonly traceHash: string;
  readonly virtualMs: number;
  readonly wallMs: number;
  readonly events: number;
  readonly parameters: Readonly<Record<string, number>>;
  readonly sabotage?: string;
  /** Totals by name: messages said, delivered, packets, bytes, refusals by code. */
  readonly counts: Readonly<Record<string, number>>;
  /** The first and last steps, at most TIMELINE_ENTRIES_MAX; `timelineDropped` says how many were left out. */
  readonly timeline: readonly TimelineEntry[];
  readonly timelineDropped: number;
  /** Each node's state at the end, without secrets. */
  readonly states: Readonly<Record<string, unknown>>;
}
