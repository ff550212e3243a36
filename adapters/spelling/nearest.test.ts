import fc from "fast-check";
import { expect, test } from "vitest";
import { nearest } from "./nearest.ts";

test("a slip of the finger finds its word, noise finds none", () => {
  const words = ["conversation", "replay", "tamper"];
  expect(nearest("conversaton", words)).toBe("conversation");
  expect(nearest("repaly", words)).toBe("replay");
  expect(nearest("xyzzy", words)).toBeUndefined();
  expect(nearest("x".repeat(65), ["x".repeat(65)])).toBeUndefined();
});

test("a word is nearest to itself, and of two that are as near the first is taken", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 12 }), { minLength: 1 }), fc.nat(), (words, i) => {
      const word = words[i % words.length] as string;
      expect(nearest(word, words)).toBe(word);
    }),
  );
  expect(nearest("bat", ["cat", "hat"])).toBe("cat");
});
