/** The stack that a run used: modelled mesh, libp2p in virtual time, or operating-system processes over real wires. */
export type Stack = "model" | "libp2p" | "real";

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

/** Who took a message for whose. */
export interface OutcomeReading {
  readonly reader: string;
  /** Whom the reader's node attributed it to; "?" for nobody that there is. */
  readonly author: string;
}

/** What became of something that one honest person said to another. */
export interface MessageOutcome {
  /** As the ledger names it: 32 hexadecimal characters. */
  readonly id: string;
  readonly from: string;
  readonly to: string;
  /** When it was said. */
  readonly atMs: number;
  /**
   * `queued`: the node made it durable, it has to arrive. `undelivered`: the node said that it will not, since the user
   * decided so. `unqueued`: the machine stopped before it was durable, or nobody was told that it was.
   */
  readonly fate: "queued" | "undelivered" | "unqueued";
  /** By whom it was read, each reader and author once, sorted. */
  readonly readings: readonly OutcomeReading[];
  /** From saying to the first reading by whom it was for; absent when they never read it. */
  readonly readAfterMs?: number;
}

/** What a run of the simulator came to, without regard to how it went. */
export interface Outcome {
  /** The first that were said, at most OUTCOME_MESSAGES_MAX, in that order. */
  readonly messages: readonly MessageOutcome[];
  readonly messagesLeftOut: number;
  /** What honest people read that no honest person had said to an honest one: id, reader, author; sorted. */
  readonly foreign: readonly string[];
  /** "NODE LOG" for every honest node that convicted a log, sorted. */
  readonly convictions: readonly string[];
  /** SHA-256 over all readings and convictions, also those left out; 64 hexadecimal characters. Knows no times. */
  readonly digest: string;
}

/** Two runs of one scenario and seed, on the modelled mesh and on libp2p, held against each other. */
export interface Comparison extends Pick<RunResult, "parameters" | "population" | "sabotage" | "scenario" | "seed"> {
  /** What differs and must not, a line each, at most DIFFERENCES_MAX; empty when the outcomes are the same. */
  readonly differences: readonly string[];
  readonly differencesLeftOut: number;
  /** Messages that both runs queued. */
  readonly compared: number;
  /** Messages that cannot be compared, by the reason why. */
  readonly notComparable: Readonly<Record<string, number>>;
  /** Messages said in one run only, or to somebody else, or at another moment: what the script did depends on events. */
  readonly saidOtherwise: number;
  /** Of the compared messages that were read, in milliseconds, sorted. */
  readonly latencies: { readonly model: readonly number[]; readonly libp2p: readonly number[] };
}

/** Everything a run leaves behind. `--json` prints it without `timeline` and `states`, and of `outcome` the numbers. */
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
  /** Bystanders filled the world up to so many nodes; absent when there were none. */
  readonly population?: number;
  readonly sabotage?: string;
  /** Totals by name: messages said, delivered, packets, bytes, refusals by code. */
  readonly counts: Readonly<Record<string, number>>;
  /** Absent where no simulator watches: between processes. */
  readonly outcome?: Outcome;
  /** The first and last steps, at most TIMELINE_ENTRIES_MAX; `timelineDropped` says how many were left out. */
  readonly timeline: readonly TimelineEntry[];
  readonly timelineDropped: number;
  /** Each node's state at the end, without secrets. */
  readonly states: Readonly<Record<string, unknown>>;
}
