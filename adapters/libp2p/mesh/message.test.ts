import fc from "fast-check";
import { expect, test } from "vitest";
import { GOSSIP_BYTES_MAX } from "../../../core/node/index.ts";
import { MESSAGE_BYTES_MAX, NONCE_BYTES, unwrap, wrap } from "./message.ts";

test("what was wrapped is unwrapped, whatever the nonce, and owns its bytes", () => {
  const nonce = fc.uint8Array({ minLength: NONCE_BYTES, maxLength: NONCE_BYTES });
  fc.assert(
    fc.property(nonce, fc.uint8Array(), (salt, content) => {
      const message = wrap(salt, content);
      const unwrapped = unwrap(message);
      expect(unwrapped).toEqual(content);
      message.fill(0);
      expect(unwrapped).toEqual(content);
    }),
    { seed: 1 },
  );
});

test("what is too short or too long is refused", () => {
  expect(unwrap(new Uint8Array(NONCE_BYTES - 1))).toBeUndefined();
  expect(unwrap(new Uint8Array(NONCE_BYTES))).toHaveLength(0);
  expect(unwrap(new Uint8Array(MESSAGE_BYTES_MAX))).toHaveLength(GOSSIP_BYTES_MAX);
  expect(unwrap(new Uint8Array(MESSAGE_BYTES_MAX + 1))).toBeUndefined();
});
