import { expect, test } from "vitest";
import vectors from "./vectors.json" with { type: "json" };
import { handshakeVectors } from "./vectors.testing.ts";

test.each(Object.entries(handshakeVectors()))("known answers: %s", (name, computed) => {
  expect(computed).toEqual(vectors[name as keyof typeof vectors]);
});

test("no known answer is left out", () => {
  expect(Object.keys(handshakeVectors())).toEqual(Object.keys(vectors));
});
