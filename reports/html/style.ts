/** The page's style sheet. Colours are variables, so that light and dark differ in one place. */
export const STYLE: string = `
:root {
  --ground: #f5f6f8; --panel: #fff; --ink: #1b1f27; --dim: #626b7a; --line: #dfe3e9; --faint: #eef0f4;
  --held: #1a7f4b; --held-fill: #37a06b; --held-soft: #def3e7; --failed: #c02a2a; --failed-soft: #fde8e6;
  --accent: #2f57c9; --adversary: #9a3aa8; --warn: #8f5a00; --warn-soft: #fdf0d5; --track: #b6bdc9;
  --mono: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #111318; --panel: #191c23; --ink: #e4e7ed; --dim: #98a1b1; --line: #2d323d; --faint: #21252e;
    --held: #56c78d; --held-fill: #2f8f5e; --held-soft: #16321f; --failed: #ff8078; --failed-soft: #3b1c1d;
    --accent: #8cabff; --adversary: #e08df0; --warn: #e8b04b; --warn-soft: #38290f; --track: #474e5c;
  }
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 14px/1.5 system-ui, "Segoe UI", Roboto, sans-serif; }
code, .time { font-family: var(--mono); }
.dim { color: var(--dim); }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
h1 { font-size: 20px; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 20px; margin: 0; overflow-wrap: anywhere; }
h3 { font-size: 13px; margin: 0 0 8px; color: var(--dim); font-weight: 600; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
button, select { font: inherit; color: inherit; background: var(--panel); border: 1px solid var(--line); border-radius: 6px; padding: 3px 10px; }
button { cursor: pointer; }
button:hover:enabled { border-color: var(--dim); }
button:disabled { opacity: .4; cursor: default; }
table { border-collapse: collapse; }

.page-head { display: flex; flex-wrap: wrap; gap: 4px 20px; align-items: baseline; justify-content: space-between; padding: 14px 24px; background: var(--panel); border-bottom: 1px solid var(--line); }
.total { margin: 0; font-size: 16px; font-weight: 600; }
.total.held { color: var(--held); }
.total.failed { color: var(--failed); }
.columns { display: grid; grid-template-columns: minmax(240px, 320px) minmax(0, 1fr); gap: 24px; padding: 24px; max-width: 1680px; margin: 0 auto; }

.matrix { position: sticky; top: 24px; align-self: start; max-height: calc(100vh - 48px); overflow: auto; padding: 4px; }
.matrix ul { list-style: none; margin: 0; padding: 0; }
.matrix li { padding: 0 0 14px; }
.matrix p { font-size: 12px; margin: 0; }
.row-head { display: flex; justify-content: space-between; gap: 12px; margin-bottom: 4px; }
.row-name { font-weight: 600; overflow-wrap: anywhere; }
.row-count { color: var(--dim); white-space: nowrap; font-variant-numeric: tabular-nums; }
li.failed .row-count { color: var(--failed); font-weight: 600; }
.cells { display: flex; flex-wrap: wrap; gap: 3px; }
.cell { width: 20px; height: 20px; padding: 0; border: 0; border-radius: 4px; line-height: 20px; font-size: 12px; font-weight: 700; }
.cell.held { background: var(--held-fill); opacity: .75; }
.cell.failed { background: var(--failed); color: var(--panel); }
.cell:hover { opacity: 1; box-shadow: 0 0 0 1px var(--ink); }
.cell[aria-current] { opacity: 1; box-shadow: 0 0 0 2px var(--panel), 0 0 0 4px var(--ink); }
.both { display: flex; justify-content: space-between; gap: 12px; width: 100%; padding: 6px 10px; margin-bottom: 16px; text-align: left; }
.both .row-count.held { color: var(--held); }
.both .row-count.failed { color: var(--failed); font-weight: 600; }
.both[aria-current] { box-shadow: 0 0 0 2px var(--panel), 0 0 0 4px var(--ink); }

main { outline: none; }
.run { display: grid; grid-template-columns: minmax(0, 1fr); gap: 16px; }
.run > header { display: flex; flex-wrap: wrap; gap: 8px 16px; align-items: center; }
.seed { color: var(--dim); font-weight: 400; margin-left: 10px; }
.badge { padding: 1px 12px; border-radius: 99px; font-weight: 600; }
.badge.held { background: var(--held-soft); color: var(--held); }
.badge.failed { background: var(--failed-soft); color: var(--failed); }
.command { display: flex; gap: 12px; align-items: center; justify-content: space-between; background: var(--faint); border: 1px solid var(--line); border-radius: 8px; padding: 8px 8px 8px 14px; }
.command code { overflow-wrap: anywhere; font-size: 13px; }
.facts { display: flex; flex-wrap: wrap; gap: 8px 36px; margin: 0; }
.facts dt { color: var(--dim); font-size: 12px; }
.facts dd { margin: 0; font-size: 16px; font-weight: 600; font-variant-numeric: tabular-nums; }
.oracles, .card, .timeline { background: var(--panel); border: 1px solid var(--line); border-radius: 8px; }
.oracles { width: 100%; border-collapse: separate; border-spacing: 0; overflow: hidden; }
.oracles th, .oracles td { padding: 6px 14px; text-align: left; vertical-align: top; }
.oracles thead th { color: var(--dim); font-size: 12px; font-weight: 500; }
.oracles tbody th { font-weight: 500; width: 100%; overflow-wrap: anywhere; }
.oracles tbody tr > * { border-top: 1px solid var(--line); }
.oracles .number { text-align: right; }
.oracles td.mark { padding-right: 0; }
.oracles .held .mark { color: var(--held); }
.oracles .failed .mark, .oracles .message { color: var(--failed); }
.oracles tr.failed { background: var(--failed-soft); }
.message { margin: 2px 0 0; font-weight: 400; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(280px, 100%), 1fr)); gap: 16px; align-items: start; }
.card, .timeline { padding: 14px; }
.notice { margin: 0; color: var(--dim); background: var(--faint); border-radius: 8px; padding: 10px 14px; }
.timeline .notice { margin-bottom: 10px; }
.hash { margin: 0; font-size: 12px; overflow-wrap: anywhere; }

.values { width: 100%; }
.values th { text-align: left; font-weight: 400; color: var(--dim); padding: 2px 14px 2px 0; vertical-align: top; overflow-wrap: anywhere; }
.values td { padding: 2px 0; vertical-align: top; overflow-wrap: anywhere; }
.values > tbody > tr + tr > * { border-top: 1px solid var(--faint); }
.values .values { border-left: 2px solid var(--line); }
.values .values th { padding-left: 12px; }
.states { display: grid; gap: 6px; }
.states .values { width: auto; min-width: min(100%, 520px); }
.states .number { text-align: left; }
.states summary { cursor: pointer; font-weight: 600; padding: 2px 0; }
.states details > .values { margin: 4px 0 8px 18px; }

.comparison { display: flex; flex-wrap: wrap; gap: 8px 32px; align-items: flex-start; }
.comparison > .words { flex: 1 1 260px; min-width: 0; }
.comparison > .chart { flex: 2 1 420px; min-width: 0; max-width: 760px; }
.comparison h3 { font-size: 15px; color: var(--ink); display: flex; gap: 10px; justify-content: space-between; }
.comparison .count { color: var(--held); font-weight: 500; font-size: 13px; }
.comparison.failed .count, .comparison .differences { color: var(--failed); }
.comparison ul { margin: 0 0 8px; padding: 0; list-style: none; font-size: 13px; overflow-wrap: anywhere; }
.replays { font-family: var(--mono); }
.quantiles { width: 100%; margin-bottom: 8px; font-size: 13px; }
.quantiles th { font-weight: 400; text-align: left; color: var(--dim); }
.quantiles th.number { text-align: right; }
.quantiles th, .quantiles td { padding: 2px 0 2px 10px; }
.quantiles th:first-child { padding-left: 0; white-space: nowrap; }
.quantiles tbody tr > * { border-top: 1px solid var(--faint); }
.key.model::before { background: none; border-top: 3px dashed var(--warn); height: 0; width: 22px; border-radius: 0; }
.key.libp2p::before { width: 22px; }
.chart svg { display: block; width: 100%; height: auto; }
.chart text { font-size: 11px; fill: var(--dim); font-variant-numeric: tabular-nums; }
.chart .grid { stroke: var(--line); stroke-width: 1; }
.curve { fill: none; stroke-width: 2; stroke-linejoin: round; }
.curve.model { stroke: var(--warn); stroke-dasharray: 6 4; }
.curve.libp2p { stroke: var(--accent); }

.controls { display: flex; flex-wrap: wrap; gap: 8px 18px; align-items: center; }
.pair, .pager, .controls label { display: flex; flex-wrap: wrap; gap: 6px; align-items: center; }
.pair select { max-width: 200px; font-weight: 600; }
.pager { margin-left: auto; }
.position { font-variant-numeric: tabular-nums; margin-right: 6px; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 16px; margin: 8px 0; font-size: 12px; color: var(--dim); }
.key::before { content: ""; display: inline-block; width: 14px; height: 3px; margin-right: 6px; vertical-align: middle; background: var(--accent); border-radius: 2px; }
.key.say::before, .key.deliver::before { width: 10px; height: 10px; border-radius: 50%; }
.key.say::before { background: var(--accent); }
.key.deliver::before { background: none; border: 2px solid var(--held); }
.key.drop::before { width: 19px; background: none; border-top: 2px dashed var(--failed); }
.key.inject::before { background: var(--adversary); }
.key.fault::before { height: 10px; background: var(--warn-soft); border: 1px solid var(--warn); }
.key.down::before { height: 10px; background: var(--failed-soft); border: 1px solid var(--failed); }
.diagram { max-height: 80vh; overflow-y: auto; overflow-x: auto; border: 1px solid var(--line); border-radius: 8px; }
.diagram svg { display: block; }
.diagram-head { position: sticky; top: 0; z-index: 1; background: var(--panel); border-bottom: 1px solid var(--line); min-width: max-content; }
.diagram text { font-size: 12px; fill: var(--ink); }
.diagram .time { font-size: 11px; fill: var(--dim); }
.diagram .actor { fill: var(--faint); stroke: var(--line); }
.diagram .actor-name { font-weight: 600; }
.lifeline { stroke: var(--track); stroke-width: 1.5; }
.down { fill: var(--failed-soft); stroke: var(--failed); stroke-width: 1; }
.hit { fill: transparent; }
.step.current .hit { fill: var(--accent); fill-opacity: .1; }
.wire { stroke: var(--accent); stroke-width: 1.4; }
.tip { fill: var(--accent); }
.landing { fill: var(--accent); }
.wire.drop { stroke: var(--failed); stroke-dasharray: 5 4; }
.wire.unseen, .wire.other { stroke: var(--dim); }
.wire.unseen { stroke-dasharray: 2 4; }
.tip.unseen, .tip.other { fill: var(--dim); }
.wire.inject { stroke: var(--adversary); stroke-width: 2; }
.tip.inject, .source { fill: var(--adversary); }
.cross { stroke: var(--failed); stroke-width: 2.2; }
.diagram .label { font-size: 11.5px; paint-order: stroke; stroke: var(--panel); stroke-width: 4px; stroke-linejoin: round; }
.diagram .label.packet, .diagram .label.unseen, .diagram .label.other, .diagram .label.event { fill: var(--dim); }
.diagram .label.drop { fill: var(--failed); }
.diagram .label.inject { fill: var(--adversary); }
.diagram .label.say, .diagram .label.deliver { font-weight: 600; }
.diagram .label.crash, .diagram .label.restart { fill: var(--failed); font-weight: 600; }
.dot { fill: var(--dim); }
.mark.say { fill: var(--accent); }
.mark.deliver { fill: var(--panel); stroke: var(--held); stroke-width: 3; }
.mark.crash { fill: var(--failed); }
.mark.restart { fill: var(--panel); stroke: var(--failed); stroke-width: 2.5; }
.band.fault { fill: var(--warn-soft); stroke: var(--warn); }
.band.violation { fill: var(--failed); }
.diagram .label.fault { fill: var(--warn); font-weight: 600; stroke: none; }
.diagram .label.violation { fill: var(--panel); font-weight: 600; stroke: none; }
.tip-box { position: fixed; z-index: 2; max-width: min(420px, calc(100vw - 16px)); padding: 6px 10px; border-radius: 6px; background: var(--ink); color: var(--panel); font-size: 12.5px; pointer-events: none; overflow-wrap: anywhere; }

@media (max-width: 900px) {
  .columns { grid-template-columns: minmax(0, 1fr); padding: 16px; }
  .page-head { padding: 12px 16px; }
  .matrix { position: static; max-height: 40vh; }
  .pager { margin-left: 0; }
}
`;
