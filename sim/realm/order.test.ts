import fc from "fast-check";
import { expect, test } from "vitest";
import { pinnedNumberSorts, pinnedSorts } from "./order.ts";

const lists = pinnedSorts(Array.prototype);
const numbers = pinnedNumberSorts(Object.getPrototypeOf(Uint8Array.prototype) as never);

type Compare = (a: unknown, b: unknown) => number;

const sparse = fc
  .array(fc.oneof(fc.nat(9), fc.constant(undefined), fc.constant("hole" as const)), { maxLength: 40 })
  .map((values) => {
    const list: unknown[] = new Array(values.length);
    values.forEach((value, i) => {
      if (value !== "hole") list[i] = value === undefined ? undefined : { key: value % 4, i };
    });
    return list;
  });

const byKey: Compare = (a, b) => (a as { key: number }).key - (b as { key: number }).key;

test("with a consistent comparison it is the engine's sort: stable, holes and undefined last", () => {
  fc.assert(
    fc.property(sparse, fc.constantFrom<Compare | undefined>(byKey, undefined), (list, compare) => {
      const [ours, engines] = [list.slice(), list.slice()];
      expect(Reflect.apply(lists.toSorted, list, [compare])).toStrictEqual(list.toSorted(compare));
      expect(Reflect.apply(lists.sort, ours, [compare])).toBe(ours);
      expect(ours).toStrictEqual(engines.sort(compare));
      expect(Object.keys(ours)).toEqual(Object.keys(engines));
    }),
    { seed: 1, numRuns: 300 },
  );
});

test("so it is for typed arrays", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (list) => {
      const down: Compare = (a, b) => (b as number) - (a as number);
      expect(Reflect.apply(numbers.toSorted, list, [down])).toEqual(list.toSorted(down as never));
      const copy = list.slice();
      expect(Reflect.apply(numbers.sort, copy, [down])).toBe(copy);
      expect(copy).toEqual(list.slice().sort(down as never));
      expect(Reflect.apply(numbers.toSorted, list, [])).toEqual(list.toSorted());
    }),
    { seed: 1 },
  );
});

test("the order of comparisons is our own, whatever the engine's", () => {
  const compared: string[] = [];
  const note: Compare = (a, b) => {
    compared.push(`${String(a)}${String(b)}`);
    return (a as number) - (b as number);
  };
  Reflect.apply(lists.sort, [2, 0, 1], [note]);
  expect(compared).toEqual(["20", "21", "01"]);
  compared.length = 0;
  Reflect.apply(lists.sort, [11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0], [note]);
  expect(compared.slice(0, 7)).toEqual(["1110", "98", "76", "54", "32", "10", "1011"].with(6, "108"));
});

test("what cannot be compared by is refused as the engine does", () => {
  for (const wrong of [null, 1, {}]) {
    expect(() => Reflect.apply(lists.sort, [2, 1], [wrong])).toThrow(TypeError);
    expect(() => Reflect.apply(lists.toSorted, [2, 1], [wrong])).toThrow(TypeError);
  }
});
