import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Child } from "../../child/index.ts";
import { loopbackConfig, makeHome } from "../../endurance/index.ts";
import type { Home } from "../../home/index.ts";
import type { NodeFigures, NodeOrder, NodeReport } from "./orders.ts";

const STEP_MS_MAX = 60_000;
const SETTLE_POLL_MS = 100;
const COMPACT_SECONDS = 60;

/** A node in a process of its own. */
export class MeasuredNode {
  readonly #child: Child<NodeOrder, NodeReport>;
  /** From the fork until the node ran, in milliseconds. */
  readonly startMs: Promise<number>;
  card = "";
  /** Resolves when the first message is in its history. */
  readonly heard: Promise<NodeReport>;
  readonly #waiting = new Map<NodeReport["kind"], (report: NodeReport) => void>();
  #failure: Error | undefined;
  #fail: (failure: Error) => void = () => {};

  constructor(home: Home, flags: readonly string[]) {
    const started = performance.now();
    const ready = this.#next("ready");
    this.heard = this.#next("heard");
    this.heard.catch(() => {});
    this.startMs = ready.then((report) => {
      this.card = report.kind === "ready" ? report.card : "";
      return performance.now() - started;
    });
    const take = (report: NodeReport): void => this.#take(report);
    this.#child = new Child(import.meta.url, "program", [home.path], take, flags);
    void this.#child.ended.then(() => this.#fail((this.#failure ??= new Error("a measured node ended"))));
  }

  order(order: NodeOrder): void {
    this.#child.order(order);
  }

  async meet(card: string): Promise<void> {
    const met = this.#next("met");
    this.order({ kind: "meet", card });
    await met;
  }

  async figures(): Promise<NodeFigures> {
    const answer = this.#next("figures");
    this.order({ kind: "figures" });
    const report = await answer;
    if (report.kind !== "figures") throw new Error(report.kind);
    return report.figures;
  }

  async stop(): Promise<void> {
    this.order({ kind: "stop" });
    await this.#child.ended;
  }

  kill(): Promise<unknown> {
    return this.#child.kill();
  }

  #take(report: NodeReport): void {
    if (report.kind === "failed") this.#fail((this.#failure ??= new Error(`a measured node failed: ${report.reason}`)));
    this.#waiting.get(report.kind)?.(report);
    this.#waiting.delete(report.kind);
  }

  #next(kind: NodeReport["kind"]): Promise<NodeReport> {
    const { promise, reject, resolve } = Promise.withResolvers<NodeReport>();
    const limit = setTimeout(() => reject(new Error(`a measured node is too slow: ${kind}`)), STEP_MS_MAX);
    limit.unref();
    promise.then(() => clearTimeout(limit)).catch(() => {});
    this.#waiting.set(kind, resolve);
    const before = this.#fail;
    this.#fail = (failure) => {
      before(failure);
      reject(failure);
    };
    return promise;
  }
}

/** Two nodes that know each other, over QUIC on loopback, each with its log and history sealed on the disk. */
export class NodePair {
  readonly #folder: string;
  readonly a: MeasuredNode;
  readonly b: MeasuredNode;

  private constructor(folder: string, a: MeasuredNode, b: MeasuredNode) {
    this.#folder = folder;
    this.a = a;
    this.b = b;
  }

  /** `flags`: of Node, for the one that sends. Gives the times of both starts. */
  static async start(flags: readonly string[]): Promise<{ readonly pair: NodePair; readonly startMs: number[] }> {
    const folder = mkdtempSync(join(tmpdir(), "chhaya-bench-"));
    const config = loopbackConfig([], COMPACT_SECONDS);
    const homes = [await makeHome(join(folder, "a"), "a", config), await makeHome(join(folder, "b"), "b", config)];
    // One after the other: a start is measured for itself.
    const nodes: MeasuredNode[] = [];
    const startMs: number[] = [];
    for (const home of homes) {
      const node = new MeasuredNode(home, flags);
      nodes.push(node);
      startMs.push(await node.startMs);
    }
    const pair = new NodePair(folder, nodes[0] as MeasuredNode, nodes[1] as MeasuredNode);
    return { pair, startMs };
  }

  /** Exchanges cards, and sends one message; the milliseconds until it was in the history of the other. */
  async meet(): Promise<number> {
    await this.b.meet(this.a.card);
    await this.a.meet(this.b.card);
    this.a.order({ kind: "pace", bytes: 8, everyMs: 1, count: 1 });
    await this.b.heard;
    const { oneWayMs } = await this.b.figures();
    return oneWayMs[0] as number;
  }

  /** Of both, since they were asked for the last time. */
  async figures(): Promise<readonly [NodeFigures, NodeFigures]> {
    return [await this.a.figures(), await this.b.figures()];
  }

  /** Resolves when everything that was sent is delivered, and begins the figures anew. */
  async settle(): Promise<void> {
    for (let underWay = 1; underWay > 0;) {
      await sleep(SETTLE_POLL_MS);
      const [a, b] = await this.figures();
      underWay = a.underWay + b.underWay;
    }
  }

  async stop(): Promise<void> {
    await Promise.all([this.a.stop(), this.b.stop()]);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async kill(): Promise<void> {
    await Promise.all([this.a.kill(), this.b.kill()]);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
