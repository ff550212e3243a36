import type { Comparison, RunResult } from "../sim/result.ts";
import { isSame } from "./comparison.ts";
import { clock } from "./duration.ts";
import { replayCommand } from "./replay.ts";
import { failures, tallyByScenario } from "./tally.ts";

/** The suite of comparisons. */
const COMPARED = "model and libp2p";

/**
 * JUnit XML as CI servers read it: a testsuite for each scenario, a testcase for each seed; in a last testsuite one for each
 * comparison, if there are any. Times are wall time.
 */
export function junit(results: readonly RunResult[], comparisons: readonly Comparison[] = []): string {
  const suites = tallyByScenario(results).map(({ label, runs, held, wallMs }) => {
    const attributes = { name: label, ...totals(runs.length, held, wallMs) };
    return element("testsuite", attributes, runs.map((run) => testcase(label, run)).join(""));
  });
  if (comparisons.length > 0) {
    // The time is in the runs.
    const attributes = { name: COMPARED, ...totals(comparisons.length, comparisons.filter(isSame).length, 0) };
    suites.push(element("testsuite", attributes, comparisons.map(comparisonCase).join("")));
  }
  const held = results.filter((result) => result.verdict === "held").length + comparisons.filter(isSame).length;
  const wallMs = results.reduce((total, result) => total + result.wallMs, 0);
  const attributes = { name: "chhaya", ...totals(results.length + comparisons.length, held, wallMs) };
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element("testsuites", attributes, suites.join(""))}`;
}

function totals(tests: number, held: number, wallMs: number): Record<string, string | number> {
  return { tests, failures: tests - held, errors: 0, skipped: 0, time: seconds(wallMs) };
}

function testcase(label: string, run: RunResult): string {
  const attributes = { classname: `chhaya.${label}`, name: `seed ${run.seed}`, time: seconds(run.wallMs) };
  const trace = element("system-out", {}, escapeXml(`trace hash ${run.traceHash}`));
  return element("testcase", attributes, run.verdict === "failed" ? failure(run) + trace : trace);
}

function comparisonCase(comparison: Comparison): string {
  const { differences, scenario, seed } = comparison;
  const attributes = { classname: `chhaya.${COMPARED}`, name: `${scenario}, seed ${seed}`, time: seconds(0) };
  const [first] = differences;
  if (first === undefined) return element("testcase", attributes, "");
  const text = [...differences, `replay: ${replayCommand({ ...comparison, stack: "both" })}`].join("\n");
  return element("testcase", attributes, element("failure", { message: first, type: "difference" }, escapeXml(text)));
}

/** One element even when several oracles failed: the schema of Jenkins and others allows a testcase only one. */
function failure(run: RunResult): string {
  const failed = failures(run);
  const first = failed[0];
  const lines = failed.map((oracle) => {
    const when = oracle.atMs === undefined ? "" : ` at ${clock(oracle.atMs)} virtual time`;
    return `${oracle.name}${when}: ${oracle.message ?? "failed"}`;
  });
  const message = first ? `${first.name}: ${first.message ?? "failed"}` : "the run failed";
  const text = [...lines, `replay: ${replayCommand(run)}`].join("\n");
  return element("failure", { message, type: first?.name ?? "run" }, escapeXml(text));
}

function element(name: string, attributes: Readonly<Record<string, string | number>>, content: string): string {
  const pairs = Object.entries(attributes).map(
    ([key, value]) => ` ${key}="${escapeXml(String(value)).replaceAll("\n", "&#10;")}"`,
  );
  return `<${name}${pairs.join("")}>${content.startsWith("<") ? "\n" : ""}${content}</${name}>\n`;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}

/** Escapes for text and quoted attributes, and removes what no XML 1.0 document may hold (section 2.2) or show. */
function escapeXml(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[\p{Cc}\uFFFE\uFFFF]/gu, (character) => (character === "\n" || character === "\t" ? character : ""))
    .replaceAll(/[&<>"'\t]/g, (character) => `&#${character.charCodeAt(0)};`);
}
