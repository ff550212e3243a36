import { briefDuration, clock, duration } from "../duration.ts";
import { chart } from "./client/chart.ts";
import { comparisonDetail } from "./client/comparison.ts";
import { conversation } from "./client/conversation.ts";
import { diagram } from "./client/diagram.ts";
import { builder } from "./client/dom.ts";
import { runDetail } from "./client/run.ts";
import { start } from "./client/start.ts";
import { timeline } from "./client/timeline.ts";
import { values } from "./client/values.ts";

/**
 * The page's script: the sources of the client functions, which get each other as arguments. That is what makes
 * `Function.prototype.toString` enough: types are stripped before it (erased by Node or by tsc), and no function
 * names an import, whose name a compiler or a test runner may change.
 */
export function clientScript(): string {
  return `(function () {
"use strict";
const clock = ${clock};
const duration = ${duration};
const briefDuration = ${briefDuration};
const build = (${builder})(document);
const model = (${conversation})();
const art = (${diagram})(build, clock, duration);
const values = (${values})(build);
const timeline = ${timeline};
const runDetail = ${runDetail};
const parts = { values, clock, duration, timeline: (run) => timeline(build, window, model, art, run) };
const latencyChart = (${chart})(build, duration);
const comparisonDetail = ${comparisonDetail};
const details = {
  run: (run) => runDetail(build, window, parts, run),
  comparisons: (all) => comparisonDetail(build, briefDuration, latencyChart, all),
};
(${start})(document, window, build, details);
})();`;
}
