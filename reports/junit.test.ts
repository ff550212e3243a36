import fc from "fast-check";
import { expect, test } from "vitest";
import { junit } from "./junit.ts";
import { differentOnBoth, failedRun, heldRun, sameOnBoth } from "./sample.testing.ts";

interface Element {
  readonly name: string;
  readonly attributes: Record<string, string>;
  readonly children: Element[];
  text: string;
}

/** A strict parser of the XML subset that the report may use: anything it does not know is an error. */
function parse(xml: string): Element {
  const unescape = (text: string): string => {
    expect(text).not.toMatch(/&(?!#\d+;)|[<>]/);
    return text.replaceAll(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));
  };
  // XML 1.0, section 2.2: Char.
  expect(xml).toMatch(/^[\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]*$/u);
  const root: Element = { name: "", attributes: {}, children: [], text: "" };
  const open = [root];
  const body = xml.slice('<?xml version="1.0" encoding="UTF-8"?>\n'.length);
  for (const [, text = "", tag] of body.matchAll(/([^<]*)(?:<([^<>]*)>|$)/g)) {
    const top = open.at(-1) ?? root;
    top.text += unescape(text);
    if (tag === undefined) continue;
    if (tag.startsWith("/")) {
      expect(tag.slice(1)).toBe(top.name);
      open.pop();
      continue;
    }
    const [, name = "", pairs = ""] = /^([a-z-]+)((?: [a-z]+="[^"]*")*)$/s.exec(tag) ?? expect.fail(`bad tag ${tag}`);
    // Parsers turn bare white space in an attribute into spaces (XML 1.0, section 3.3.3).
    expect(pairs).not.toMatch(/[\t\n]/);
    const attributes = [...pairs.matchAll(/ ([a-z]+)="([^"]*)"/g)].map(([, key, value = ""]) => [key, unescape(value)]);
    const element = { name, attributes: Object.fromEntries(attributes), children: [], text: "" };
    top.children.push(element);
    open.push(element);
  }
  expect(open).toEqual([root]);
  expect(root.children).toHaveLength(1);
  return root.children[0] ?? root;
}

test("a suite for each scenario, a case for each seed, a failure with its message and command", () => {
  const suites = parse(junit([heldRun(), failedRun({ seed: 2 }), heldRun({ scenario: "other" })]));
  expect(suites.attributes).toMatchObject({ name: "chhaya", tests: "3", failures: "1", time: "0.750" });
  expect(suites.children.map((suite) => suite.attributes)).toMatchObject([
    { name: "first-contact", tests: "2", failures: "1", time: "0.500" },
    { name: "other", tests: "1", failures: "0" },
  ]);
  const [held, failed] = suites.children[0]?.children ?? [];
  expect(held?.children.map((child) => child.name)).toEqual(["system-out"]);
  expect(failed?.attributes).toMatchObject({ name: "seed 2", classname: "chhaya.first-contact" });
  const failure = failed?.children[0];
  expect(failure?.attributes).toEqual({ message: "delivery: bob never read message 0 of alice", type: "delivery" });
  expect(failure?.text).toBe(
    "delivery at 1:01.000 virtual time: bob never read message 0 of alice\nreplay: chhaya run first-contact --seed 2",
  );
});

test("a failed run without a failed oracle is still a failure", () => {
  const suites = parse(junit([heldRun({ verdict: "failed" })]));
  expect(suites.children[0]?.children[0]?.children[0]?.attributes["message"]).toBe("the run failed");
});

test("comparisons of stacks are a suite of their own", () => {
  const suites = parse(junit([heldRun()], [sameOnBoth(), differentOnBoth({ seed: 2 })]));
  expect(suites.attributes).toMatchObject({ tests: "3", failures: "1" });
  expect(suites.children.map((suite) => suite.attributes["name"])).toEqual(["first-contact", "model and libp2p"]);
  const [same, differs] = suites.children[1]?.children ?? [];
  expect(same?.children).toEqual([]);
  expect(differs?.attributes["name"]).toBe("first-contact, seed 2");
  const line = "delivery: held on the model, failed on libp2p";
  expect(differs?.children[0]?.attributes["message"]).toBe(line);
  expect(differs?.children[0]?.text).toBe(`${line}\nreplay: chhaya run first-contact --seed 2 --stack both`);
});

test("any text gives well-formed XML with control characters removed and the rest intact", () => {
  const text = fc.string({
    unit: fc.oneof(
      fc.constantFrom(..."<>&\"']]>\u0000\u001B\u0085\uFFFE\uD800\n\t".split("")),
      fc.string({ unit: "binary" }),
    ),
  });
  fc.assert(
    fc.property(text, text, (scenario, message) => {
      const suites = parse(junit([failedRun({ scenario }, { message })]));
      const allowed = (value: string): string => value.toWellFormed().replaceAll(/[^\P{Cc}\n\t]|[\uFFFE\uFFFF]/gu, "");
      expect(suites.children[0]?.attributes["name"]).toBe(allowed(scenario));
      expect(suites.children[0]?.children[0]?.children[0]?.text).toContain(allowed(message));
    }),
  );
});
