import { readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { bytesToHex } from "@noble/hashes/utils.js";
import { assert, expect, test } from "vitest";
import { verifyPart, witnessSetId } from "../../core/quorum/index.ts";
import { Secret } from "../../core/safety/index.ts";
import { headHash, NO_HEAD, signHead, type SignedHead } from "../../core/tlog/index.ts";
import { type LogAnchor, logId } from "../../core/vkd/index.ts";
import { nativeSuite } from "../suite/index.ts";
import { temporary, STARTED_AT } from "./testing.ts";
import { WitnessFolder } from "./witness-folder.ts";

const signing = new Secret(new Uint8Array(32).fill(1));

function setting(): { witness: WitnessFolder; anchor: LogAnchor; head: (time: number) => SignedHead } {
  const witness = WitnessFolder.create(join(temporary(), "w"));
  const anchor: LogAnchor = {
    name: "log",
    key: nativeSuite.ed25519Public(signing),
    vrf: new Uint8Array(32),
    witnesses: { threshold: 1, members: [witness.member] },
    cost: { memoryKiB: 8, passes: 1 },
    epochMs: 1_000,
  };
  const head = (time: number): SignedHead =>
    signHead(nativeSuite, signing, {
      log: logId(nativeSuite, anchor),
      epoch: 1,
      size: 1,
      root: new Uint8Array(32),
      previous: NO_HEAD,
      time,
      witnesses: witnessSetId(nativeSuite, anchor.witnesses),
    });
  return { witness, anchor, head };
}

test("a head is durable before its signature is out, and signed again when it comes again", () => {
  const { anchor, head, witness } = setting();
  const first = head(STARTED_AT);
  const answers = [1, 2].map(() => witness.cosign(anchor, first, undefined, STARTED_AT));
  for (const answer of answers) {
    assert(answer.kind === "cosigned");
    expect(verifyPart(nativeSuite, witness.member, headHash(nativeSuite, first), answer.part)).toBe(true);
  }
  witness.close();
  const again = WitnessFolder.open(witness.path);
  expect(again.key).toEqual(witness.key);
  expect(again.last(logId(nativeSuite, anchor))).toEqual(first);
  expect(again.records()).toMatchObject([{ record: { name: "log", evidence: undefined } }]);
  again.close();
});

test("what cannot be made durable is not signed", () => {
  const { anchor, head, witness } = setting();
  rmSync(join(witness.path, "logs"), { recursive: true });
  expect(() => witness.cosign(anchor, head(STARTED_AT), undefined, STARTED_AT)).toThrow(/^cannot write .*: ENOENT$/u);
  witness.close();
});

test("two heads of one epoch are evidence, and nothing of that log is signed again", () => {
  const { anchor, head, witness } = setting();
  const [first, second] = [head(STARTED_AT), head(STARTED_AT + 1)];
  expect(witness.cosign(anchor, first, undefined, STARTED_AT).kind).toBe("cosigned");
  const conflict = witness.cosign(anchor, second, undefined, STARTED_AT);
  assert(conflict.kind === "conflict");
  expect(conflict.evidence.a.epoch).toBe(1);
  witness.close();
  const again = WitnessFolder.open(witness.path);
  // Not even the head that it signed before.
  expect(again.cosign(anchor, first, undefined, STARTED_AT)).toEqual(conflict);
  expect(again.last(logId(nativeSuite, anchor))).toEqual(first);
  again.close();
});

test("what it does not believe it does not remember", () => {
  const { anchor, head, witness } = setting();
  const late = head(STARTED_AT);
  expect(witness.cosign(anchor, late, undefined, 0)).toEqual({ kind: "refused", code: "witness/from-future" });
  expect(witness.cosign(anchor, { ...late, time: 1 }, undefined, 0)).toEqual({
    kind: "refused",
    code: "witness/signature",
  });
  expect(witness.records()).toEqual([]);
  witness.close();
});

test("its key is its owner's only, made once, and nowhere in what it shows", () => {
  const { witness } = setting();
  const file = join(witness.path, "key");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const key = readFileSync(file, "utf8");
  expect(() => WitnessFolder.create(witness.path)).toThrow(/key: it is there already$/u);
  expect(readFileSync(file, "utf8")).toBe(key);
  expect(() => WitnessFolder.open(witness.path)).toThrow(`${witness.path} is in use`);
  expect(bytesToHex(witness.key)).toHaveLength(96);
  witness.close();
  expect(() => WitnessFolder.open(join(witness.path, "logs"))).toThrow(/^there is no witness in /u);
});
