import { bytesToHex } from "@noble/hashes/utils.js";
import { encode } from "../codec/index.ts";
import { assert } from "../safety/index.ts";
import { countingRandom } from "../suite/testing.ts";
import { signedHeadCodec } from "../tlog/index.ts";
import { accountOf, digest, leafOf, Quorum, suite, TestDirectory } from "./directory.testing.ts";
import {
  absenceCodec,
  anchorToBytes,
  capsuleCodec,
  historyCodec,
  labelInput,
  lookupCodec,
  openingCommitment,
  proveAbsence,
  proveHistory,
  proveLookup,
  registrationBytes,
  registrationHash,
  sealCapsule,
  stretchLabel,
  work,
} from "./index.ts";

/** Hexadecimal strings, other text, and numbers. */
export type Vector = Readonly<Record<string, string | number>>;

const LABEL = "alice@example";
const ABSENT = "nobody";
const DIFFICULTY = 10;
const STAMP = { sequence: 1_800_000_000_000, expires: 1_800_600_000_000 };

/** The known answers: a label of two versions and two accounts in a directory of two epochs, and everything about it. */
export function vkdVectors(): Readonly<Record<string, Vector>> {
  const directory = new TestDirectory("vectors", new Quorum("vectors", 3, 2));
  const [before, after] = [accountOf("vector before"), accountOf("vector after")];
  directory.register(LABEL, before);
  directory.plant(leafOf("vector 1"), leafOf("vector 2"));
  directory.close();
  directory.register(LABEL, after, { lineage: [directory.transfer(LABEL, 2, before, after)] });
  directory.plant(leafOf("vector 3"));
  directory.close();

  const { anchor, log, vrf } = directory;
  const vectors: Record<string, Vector> = {
    anchor: { bytes: bytesToHex(anchorToBytes(anchor)), log: bytesToHex(log), vrfSeed: bytesToHex(vrf.expose()) },
  };
  for (const opening of directory.openings.get(LABEL) ?? []) {
    const { proof, registration, salt, version } = opening;
    vectors[`version ${version}`] = {
      label: LABEL,
      version,
      accountSeed: bytesToHex((version === 1 ? before : after).seed.expose()),
      registration: bytesToHex(registrationBytes(registration)),
      salt: bytesToHex(salt),
      commitment: bytesToHex(openingCommitment(suite, opening)),
      vrfInput: bytesToHex(labelInput(LABEL, version)),
      vrfProof: bytesToHex(proof),
      index: bytesToHex(directory.place(LABEL, version)),
    };
  }
  const latest = directory.openings.get(LABEL)?.at(-1);
  assert(latest !== undefined, "a label was registered");

  const challenge = digest("vector challenge");
  const hash = registrationHash(suite, latest.registration);
  const nonce = work(suite, challenge, hash, DIFFICULTY, new Uint8Array(8));
  assert(nonce !== undefined, "work of a possible difficulty");
  vectors["work"] = {
    challenge: bytesToHex(challenge),
    hash: bytesToHex(hash),
    difficulty: DIFFICULTY,
    nonce: bytesToHex(nonce),
  };

  const stretched = stretchLabel(suite, anchor, LABEL);
  const capsule = directory.capsule(LABEL);
  vectors["capsule"] = {
    label: LABEL,
    recordSeed: bytesToHex(stretched.record.seed.expose()),
    publicKey: bytesToHex(stretched.record.publicKey),
    address: bytesToHex(stretched.record.address),
    key: bytesToHex(stretched.key.expose()),
    encoded: bytesToHex(encode(capsuleCodec, capsule)),
    seed: bytesToHex(countingRandom("vector capsule").bytes(16)),
    ...STAMP,
    sealed: bytesToHex(sealCapsule(suite, countingRandom("vector capsule"), stretched, capsule, STAMP).value),
  };

  const [held, succession, view] = [directory.held(), directory.succession(1), directory.view(1)];
  const last = encode(signedHeadCodec, directory.head(1).head);
  const common = { last: bytesToHex(last), now: view.now, headAgeMsMax: view.headAgeMsMax };
  const lookup = proveLookup(suite, anchor, held, succession, LABEL, capsule);
  const absence = proveAbsence(suite, vrf, held, succession, ABSENT);
  const history = proveHistory(suite, anchor, held, succession, LABEL, directory.history(LABEL));
  vectors["lookup"] = { ...common, label: LABEL, proof: bytesToHex(encode(lookupCodec, lookup)) };
  vectors["absence"] = { ...common, label: ABSENT, proof: bytesToHex(encode(absenceCodec, absence)) };
  vectors["history"] = { ...common, label: LABEL, from: 1, proof: bytesToHex(encode(historyCodec, history)) };
  return vectors;
}
