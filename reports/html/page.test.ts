import { expect, test } from "vitest";
import type { TimelineEntry } from "../../sim/result.ts";
import { differentOnBoth, failedRun, heldRun, sameOnBoth } from "../sample.testing.ts";
import { openPage } from "./document.testing.ts";
import { htmlReport } from "./page.ts";

const HOSTILE = `</script><script>alert(1)</script><img src=x onerror="alert(2)"><!--`;

test("a hostile name or note stays text: the document has the page's own elements and no others", () => {
  const run = failedRun(
    {
      scenario: HOSTILE,
      parameters: { [HOSTILE]: 1 },
      counts: { [HOSTILE]: 1 },
      sabotage: HOSTILE,
      states: { [HOSTILE]: { [HOSTILE]: HOSTILE } },
      timeline: [{ atMs: 1, kind: "packet", from: HOSTILE, to: "bob", bytes: 1, note: HOSTILE }],
    },
    { name: HOSTILE, message: HOSTILE },
  );
  const tags = (html: string): string[] => html.match(/<[a-z!/][^\s>]*/gi) ?? [];
  const hostile = htmlReport([run], { title: HOSTILE });
  expect(tags(hostile)).toEqual(tags(htmlReport([failedRun()], { title: "t" })));
  expect(tags(hostile).filter((tag) => tag === "</script")).toHaveLength(2);
  expect(openPage(hostile).app.one("h2").children[0]).toBe(HOSTILE);
});

test("the page is closed to the network and asks it for nothing", () => {
  const html = htmlReport([heldRun()], { title: "t" });
  expect(html).toContain(`content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"`);
  expect(html.replace("http://www.w3.org/2000/svg", "")).not.toMatch(/https?:|\bsrc=|\bhref=|url\(|@import/);
  expect(html).not.toContain("innerHTML");
});

test("it opens on the first failure: verdict, oracle, command, diagram", async () => {
  const html = htmlReport([heldRun(), failedRun({ seed: 2 })], { title: "Nightly" });
  const { app, copied } = openPage(html);
  expect(app.one("h1").textContent).toBe("Nightly");
  expect(app.one("total").textContent).toBe("1 of 2 runs failed.");
  expect(app.one("h2").textContent).toBe("first-contactseed 2");
  expect(app.one("badge").textContent).toBe("✘ failed");
  expect(app.one("message").textContent).toBe("bob never read message 0 of alice");
  expect(app.all("actor-name").map((name) => name.textContent)).toEqual(["bob", "alice"]);
  expect(app.all("violation").length).toBeGreaterThan(0);
  expect(app.all("step")).toHaveLength(5);
  app.one("copy").fire("click");
  await Promise.resolve();
  expect(copied).toEqual(["chhaya run first-contact --seed 2"]);
  expect(app.one("copy").textContent).toBe("Copied");
});

test("cells open runs, by click and by address, and arrow keys move between them", () => {
  const html = htmlReport([heldRun(), heldRun({ seed: 2 }), heldRun({ scenario: "storm" })], { title: "t" });
  const { app, location } = openPage(html, "#run-2");
  expect(app.one("h2").textContent).toBe("stormseed 1");
  const [first, second, storm] = app.all("cell");
  second?.fire("click");
  expect(app.one("h2").textContent).toBe("first-contactseed 2");
  expect(location.hash).toBe("#run-1");
  expect(app.one("run").textContent).toContain("left out to keep this file small");
  expect(app.all("diagram")).toHaveLength(0);
  first?.fire("keydown", { key: "ArrowRight" });
  expect(second?.focused).toBe(true);
  second?.fire("keydown", { key: "ArrowDown" });
  expect(storm?.focused).toBe(true);
});

test("a long timeline shows a window of steps with earlier and later", () => {
  const timeline = Array.from({ length: 300 }, (_, at): TimelineEntry => {
    return { atMs: at * 10, kind: at % 2 === 0 ? "packet" : "arrive", from: "alice", to: "bob", bytes: 512 };
  });
  const { app } = openPage(htmlReport([heldRun({ timeline, timelineDropped: 77 })], { title: "t" }));
  const [, earlier, later] = app.one("pager").all("button");
  expect(app.one("notice").textContent).toContain("77 in between are left out");
  expect(app.one("position").textContent).toBe("steps 1–120 of 300");
  expect(earlier?.disabled).toBe(true);
  later?.fire("click");
  later?.fire("click");
  expect(app.one("position").textContent).toBe("steps 181–300 of 300");
  expect(later?.disabled).toBe(true);
  app.all("step")[1]?.fire("mouseenter");
  expect(app.one("tip-box").textContent).toBe(
    "0:01.810 (1810 ms) · alice reaches bob · 512 bytes · 10 ms after it left",
  );
});

test("every kind of step is drawn, with the adversary and losses told apart", () => {
  const timeline: TimelineEntry[] = [
    { atMs: 1, kind: "say", from: "alice", to: "bob" },
    { atMs: 2, kind: "packet", from: "alice", to: "bob", bytes: 512 },
    { atMs: 3, kind: "drop", from: "alice", to: "bob", bytes: 512, note: "loss" },
    { atMs: 4, kind: "packet", from: "bob", to: "alice", bytes: 64 },
    { atMs: 5, kind: "arrive", from: "bob", to: "alice", bytes: 64 },
    { atMs: 6, kind: "inject", from: "mallory", to: "bob", bytes: 512, note: "replay" },
    { atMs: 7, kind: "crash", from: "bob" },
    { atMs: 8, kind: "fault", from: "network", note: "partition" },
    { atMs: 9, kind: "restart", from: "bob" },
    { atMs: 10, kind: "event", from: "alice", note: "session.rekeyed" },
    { atMs: 11, kind: "deliver", from: "alice", to: "bob" },
  ];
  const { app } = openPage(htmlReport([heldRun({ timeline })], { title: "t" }));
  const body = app.one("diagram-body");
  const count = (name: string): number => body.all(name).length;
  expect(count("step")).toBe(timeline.length);
  expect(count("cross")).toBe(2);
  expect(body.all("tip").map((tip) => tip.attributes.get("class"))).toEqual(["tip packet", "tip inject"]);
  expect(count("down")).toBe(1);
  const labels = body.all("label").map((label) => label.textContent);
  expect(labels).toEqual([
    "says",
    "512 B",
    "loss",
    "64 B",
    "mallory injects · replay · 512 B",
    "crash",
    "partition · network",
    "restart",
    "session.rekeyed",
    "reads",
  ]);
});

test("a node's state opens as a table, not as JSON", () => {
  const states = { alice: { sessions: [{ peer: "bob", healed: true }], outbox: [], heads: [1, 2] } };
  const { app } = openPage(htmlReport([heldRun({ states })], { title: "t" }));
  const node = app.one("states").one("details");
  expect(node.all("table")).toHaveLength(0);
  node.fire("toggle");
  expect(node.all("th").map((head) => head.textContent)).toEqual([
    "sessions",
    "1",
    "peer",
    "healed",
    "outbox",
    "heads",
  ]);
  expect(node.all("value").map((value) => value.textContent)).toEqual(["bob", "yes", "none", "1, 2"]);
});

test("a report of both stacks opens on their comparison, with a chart for each scenario", () => {
  const runs = [heldRun(), heldRun({ stack: "libp2p" })];
  const comparisons = [
    sameOnBoth({ notComparable: { "queued on libp2p only": 2 }, saidOtherwise: 1 }),
    differentOnBoth({ scenario: HOSTILE }),
  ];
  const html = htmlReport(runs, { title: "t", comparisons });
  const { app, location } = openPage(html);
  expect(app.one("total").attributes.get("class")).toBe("total failed");
  expect(app.one("both").textContent).toBe("Model and libp2p1/2 the same");
  const [same, differs] = app.all("comparison");
  expect(same?.one("h3").textContent).toBe("first-contact✔ the same");
  expect(same?.one("tbody").textContent).toBe("model350 ms60 ms60 mslibp2p355 ms4 s4 s");
  expect(
    same
      ?.one("remarks")
      .all("li")
      .map((line) => line.textContent),
  ).toEqual([
    "3 messages compared",
    "not comparable: 2 queued on libp2p only",
    "the script depends on events: 1 said otherwise",
  ]);
  expect(differs?.one("h3").textContent).toBe(`${HOSTILE}✘ differs`);
  expect(differs?.one("differences").textContent).toBe("seed 1: delivery: held on the model, failed on libp2p");
  app.all("cell")[1]?.fire("click");
  expect(app.all("comparison")).toHaveLength(0);
  expect(app.one("h2").textContent).toBe("first-contactseed 1");
  app.one("both").fire("click");
  expect(location.hash).toBe("#both");
  expect(app.all("comparison")).toHaveLength(2);
  expect(openPage(html, "#run-1").app.all("comparison")).toHaveLength(0);
});

test("curves are steps from nothing to all, over a logarithmic axis", () => {
  const latencies = { model: [10, 100, 100, 1_000], libp2p: [] };
  const { app } = openPage(htmlReport([heldRun()], { title: "t", comparisons: [sameOnBoth({ latencies })] }));
  const [libp2p, model] = app.all("curve").map((curve) => curve.attributes.get("d"));
  // Two decades between x 44 and 620; shares between y 212 and 12.
  expect(model).toBe("M44 212H44V162H332V62H620V12H620");
  expect(libp2p).toBe("M44 212");
  expect(app.all("text").map((text) => text.textContent)).toEqual([
    "0%",
    "50%",
    "90%",
    "100%",
    "10 ms",
    "100 ms",
    "1 s",
  ]);
  const none = { model: [], libp2p: [] };
  const empty = openPage(htmlReport([heldRun()], { title: "t", comparisons: [sameOnBoth({ latencies: none })] }));
  expect(empty.app.all("chart")).toHaveLength(0);
  // All at one moment, or at once.
  for (const value of [0, 50]) {
    const at = { model: [value], libp2p: [value] };
    const moment = openPage(htmlReport([heldRun()], { title: "t", comparisons: [sameOnBoth({ latencies: at })] }));
    for (const curve of moment.app.all("curve")) expect(curve.attributes.get("d")).not.toMatch(/NaN|Infinity/);
  }
});

test("a report of no runs opens", () => {
  expect(openPage(htmlReport([], { title: "t" })).app.one("total").textContent).toBe("No runs.");
});
