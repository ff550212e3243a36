import type { RunResult } from "../sim/result.ts";
import { clock } from "./duration.ts";
import { replayCommand } from "./replay.ts";
import { failures, tallyByScenario } from "./tally.ts";

/** JUnit XML as CI servers read it: a testsuite for each scenario, a testcase for each seed. Times are wall time. */
export function junit(results: readonly RunResult[]): string {
  const suites = tallyByScenario(results).map(({ label, runs, held, wallMs }) => {
    const attributes = { name: label, ...totals(runs.length, held, wallMs) };
    return element("testsuite", attributes, runs.map((run) => testcase(label, run)).join(""));
  });
  const held = results.filter((result) => result.verdict === "held").length;
  const wallMs = results.reduce((total, result) => total + result.wallMs, 0);
  const attributes = { name: "chhaya", ...totals(results.length, held, wallMs) };
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
