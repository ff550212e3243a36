import fc from "fast-check";
import { stringify } from "smol-toml";
import { describe, expect, test } from "vitest";
import { ConfigError, documentedConfig, parseConfig } from "./index.ts";
import { SECTIONS } from "./schema.ts";

const PEER = "/ip4/192.0.2.1/udp/4001/quic-v1/p2p/12D3KooWGC6TvWhfapngX6wvJHMYvKpDMXPb3ZnCZ6dMoaMtimQ5";

function mistakes(text: string): readonly string[] {
  try {
    parseConfig(text, "config.toml");
    return [];
  } catch (failure) {
    if (failure instanceof ConfigError) return failure.mistakes;
    throw failure;
  }
}

describe("the file that init writes", () => {
  test("changes nothing, and has every key of every section", () => {
    const text = documentedConfig();
    expect(parseConfig(text, "a")).toEqual(parseConfig("", "b"));
    for (const [section, { shape }] of Object.entries(SECTIONS)) {
      expect(text).toContain(`\n[${section}]\n`);
      for (const key of Object.keys(shape)) {
        expect(text, `${section}.${key}`).toMatch(new RegExp(`^# (?:${key} =|\\[+${section}\\.${key}\\])`, "mu"));
      }
    }
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThan(104);
  });

  test("explains each key before it, and is right when its comments are taken away", () => {
    const text = documentedConfig();
    for (const { shape } of Object.values(SECTIONS)) {
      for (const schema of Object.values(shape)) {
        const { description } = (schema as { meta(): { description?: string } }).meta();
        expect(description?.length).toBeGreaterThan(20);
        expect(text.replaceAll("\n# ", " ")).toContain(description);
      }
    }
    // Values only: an explanation has no " = " and no bracket at its beginning.
    const uncommented = text
      .replaceAll("…", "GC6TvWhfapngX6wvJHMYvKpDMXPb3ZnCZ6dMoaMtimQ5".slice(1))
      .split("\n")
      .map((line) => (/^# (?:[a-z0-9_]+ = |\[|\]|  ")/u.test(line) ? line.slice(2) : line))
      .join("\n")
      .replaceAll("12D3KooWC6TvW", "12D3KooWGC6TvW");
    const config = parseConfig(uncommented, "config.toml");
    expect(config.metrics.port).toBe(9464);
    expect(config.directories.followed).toHaveLength(1);
    expect(Object.keys(config.roles.directory_witnesses)).toHaveLength(1);
  });
});

describe("each mistake is named by its path", () => {
  test.each([
    ["[netwrk]", 'netwrk is no section that there is; did you mean "network"?'],
    ["[network]\nlistn = []", 'network.listn is no key that there is; did you mean "listen"?'],
    ["[log]\ncolour = 1", "log.colour is no key that there is; there is level"],
    ["[network]\nlisten = 1", "network.listen takes a list in [ ], not 1"],
    ["[network]\nlisten = ['a', 'b']", 'network.listen[0] is no multiaddr, such as /ip4/192.0.2.1/tcp/4001, not "a"'],
    [`[network]\nrelays = ["${PEER.slice(0, 30)}"]`, /^network\.relays\[0\] is no multiaddr that ends in \/p2p\//u],
    ["[network]\nscope = 'all'", 'network.scope takes "loopback", "private", "internet", not "all"'],
    ["[network]\nmdns = 'yes'", 'network.mdns takes true or false, not "yes"'],
    ["[network]\nidentity_days = 0.5", "network.identity_days takes a whole number, not 0.5"],
    ["[metrics]\nport = 0", "metrics.port takes at least 1, not 0"],
    ["[settings]\none_time_prekeys = 49", "settings.one_time_prekeys takes at most 48, not 49"],
    ["[[directories.followed]]\nanchor = 'a'", "directories.followed[0].directory is missing"],
    [
      "[[directories.followed]]\nanchr = 'a'",
      'directories.followed[0].anchr is no key that there is; did you mean "anchor"?',
    ],
    [
      `[roles.directory_witnesses]\nXY = "${PEER}"`,
      "roles.directory_witnesses.XY is not the hexadecimal beginning of a witness's key",
    ],
    ["[roles]\nwitness = 'a'", "roles.witness and roles.witness_logs go together"],
    ["[roles]\nmirror = true", "roles.mirror needs a followed directory"],
    ["[network]\nlisten = [", /^line 2, column \d+: it is no TOML/u],
    ["a = 1\na = 2", /^line 2, column \d+: it is no TOML/u],
    ["[network]\nidentity_days = 9007199254740993", /it is no TOML/u],
  ])("%j", (text, mistake) => {
    const found = mistakes(text);
    const named = found.filter((each) => (typeof mistake === "string" ? each === mistake : mistake.test(each)));
    expect(named, found.join("\n")).toHaveLength(1);
  });

  test("all of them at once, up to a bound", () => {
    expect(mistakes("[network]\na1 = 1\nmdns = 1\n[log]\nlevel = 1")).toHaveLength(3);
    const many = Array.from({ length: 500 }, (_, i) => `key${i} = 1`).join("\n");
    expect(mistakes(`[network]\n${many}`)).toHaveLength(51);
  });
});

describe("whatever the file holds", () => {
  const value: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.string(),
      fc.integer(),
      fc.boolean(),
      fc.double({ noNaN: true }),
      fc.constantFrom(PEER, "internet", "auto", "info"),
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(fc.string({ minLength: 1 }), tie("value"), { maxKeys: 3 }),
    ),
  })).value as fc.Arbitrary<unknown>;
  const section = fc.constantFrom(...Object.keys(SECTIONS), "other");
  const key = fc.constantFrom(...Object.values(SECTIONS).flatMap(({ shape }) => Object.keys(shape)), "other");

  test("it is a configuration, or each mistake is a line", () => {
    fc.assert(
      fc.property(fc.dictionary(section, fc.dictionary(key, value)), (table) => {
        for (const mistake of mistakes(stringify(table))) {
          expect(mistake).not.toContain("\n");
          expect(mistake.length).toBeGreaterThan(5);
          expect(mistake.length).toBeLessThan(500);
        }
      }),
    );
  });

  test("it may be no TOML at all", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(..."[]{}='\"\n.,a1 ") })), (text) => {
        expect(Array.isArray(mistakes(text))).toBe(true);
      }),
    );
  });
});
