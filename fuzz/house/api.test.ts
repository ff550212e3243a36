import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, assert, beforeAll, describe, expect, test } from "vitest";
import { listOf, publicApi, render } from "./api.ts";
import { type Exports, exportsOf, valuesOf } from "./declarations.ts";
import { manifest } from "./tools.ts";

describe("the public API is the checked-in list; `npm run api` writes it anew", () => {
  let api: ReadonlyMap<string, Exports>;
  beforeAll(() => void (api = publicApi()));

  test.each(Object.keys(manifest().exports))("of %s", (entry) => {
    const exports = api.get(entry);
    assert(exports !== undefined, `package.json exports ${entry}, which has no source`);
    expect(valuesOf(exports).length).toBeGreaterThan(0);
    expect(render(exports)).toBe(readFileSync(listOf(entry), "utf8"));
  });
});

describe("a list", () => {
  const directory = mkdtempSync(join(tmpdir(), "chhaya-declarations-"));
  afterAll(() => rmSync(directory, { recursive: true }));

  const list = (index: string, other = "export {};"): Exports => {
    writeFileSync(join(directory, "index.d.ts"), index);
    writeFileSync(join(directory, "other.d.ts"), other);
    return exportsOf(join(directory, "index.d.ts"));
  };

  const OTHER = `
    import { type T } from "elsewhere";
    /** A comment with a brace { and a quote ". */
    export declare const a: { readonly x: "}" | "//"; };
    export declare function f(x: number): void;
    export declare function f(x: string): void;
    export declare class C<T> {
        #private;
        m(): T;
    }
    export interface I {
        x: (y: { z: 1; }) => [T];
    }
    type Hidden = 1;
    declare const late: Hidden;
    export { late, late as later };
    export type U = 1
    /** why */
     | 2;`;

  test("holds every form of declaration, without comments and without what is not exported", () => {
    const found = list(OTHER);
    expect([...found.keys()].sort()).toEqual(["C", "I", "U", "a", "f", "late", "later"]);
    expect(found.get("f")).toBe("function f(x: number): void;\nfunction f(x: string): void;");
    expect(found.get("U")).toBe("type U = 1\n     | 2;");
    expect(found.get("later")).toBe("later: const late: Hidden;");
    expect(valuesOf(found)).toEqual(["C", "a", "f", "late", "later"]);
  });

  test("follows re-exports: by name, renamed, of types, of everything, and by way of an import", () => {
    const index = `
      import { a as imported } from "./other.ts";
      export { f, C as D, type I } from "./other.ts";
      export type { U } from "./other.ts";
      export { imported };
      export { multiaddr } from "@multiformats/multiaddr";`;
    const found = list(index, OTHER);
    expect([...found.keys()].sort()).toEqual(["D", "I", "U", "f", "imported", "multiaddr"]);
    expect(found.get("D")).toMatch(/^D: class C<T> \{/u);
    expect(found.get("imported")).toMatch(/const a: /u);
    expect([...list('export * from "./other.ts";', OTHER)]).toEqual([...list(OTHER)]);
  });

  test.each([
    ["a changed type", "export declare const a: number;", "export declare const a: string;"],
    ["a changed parameter", "export declare function f(a: 1): void;", "export declare function f(a?: 1): void;"],
    ["a new member", "export interface I { a: 1; }", "export interface I { a: 1; b: 2; }"],
    ["a new name", "export declare const a: 1;", "export declare const a: 1; export declare const b: 1;"],
    ["a name that went", "export declare const a: 1;", "declare const a: 1; export {};"],
  ])("differs by %s behind a re-export", (_, before, after) => {
    const index = 'export * from "./other.ts";';
    expect(render(list(index, before))).not.toBe(render(list(index, after)));
  });

  test.each(["export default a;", 'export * as a from "./other.ts";', "export = a;", "export declare namespace a { }"])(
    "throws at a form it does not know: %s",
    (form) => {
      expect(() => list(form)).toThrow(/not known|without an end/u);
    },
  );

  test("throws at a module that was not compiled, and at a name that is declared nowhere", () => {
    expect(() => list('export * from "./missing.ts";')).toThrow("not compiled");
    expect(() => list('export { a } from "./other.ts";')).toThrow("declared nowhere");
  });
});
