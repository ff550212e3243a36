import { Secret } from "../safety/index.ts";
import { portableSuite as suite, type Suite } from "../suite/index.ts";
import { type complete, makeParty, type Party } from "./testing.ts";

/*
 * The adversary is a suite: it runs the real code with the true secrets, but each shared secret that its powers do
 * not give it comes out as a guess. So an attack fails only because that secret enters the keys.
 */

/** A shared secret of the handshake, as SPEC.md names it. */
export type Share =
  "e_I×id_R" | "e_I×spk_R" | "e_I×opk_R" | "ss_kem" | "id_I×spk_R" | "e_R×e_I" | "e_R×id_I" | "ss_kem2";

/** Whether two byte strings are equal. */
export function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** An honest handshake of `initiator` with `responder`, as it was recorded. */
export interface Recorded {
  readonly initiator: Party;
  readonly responder: Party;
  readonly oneTime: Uint8Array;
  readonly run: ReturnType<typeof complete>;
}

/** The suite of who does not know these shares of the handshake that `run` recorded. */
export function ignorantOf({ initiator, oneTime, responder, run }: Recorded, shares: readonly Share[]): Suite {
  const [eI, eR] = [run.state.ephemeralPublic, run.accepted.session.mine.publicKey];
  const idI = initiator.device.certificate.identity;
  const idR = responder.bundle.certificate.identity;
  const spkR = responder.bundle.signed.publicKey;
  const pairs: readonly [Share, Uint8Array, Uint8Array][] = [
    ["e_I×id_R", eI, idR],
    ["e_I×spk_R", eI, spkR],
    ["e_I×opk_R", eI, oneTime],
    ["id_I×spk_R", idI, spkR],
    ["e_R×e_I", eR, eI],
    ["e_R×id_I", eR, idI],
  ];
  const guess = () => new Secret(new Uint8Array(32).fill(0x5a));
  return {
    ...suite,
    x25519Shared(secret, theirs) {
      const mine = suite.x25519Public(secret);
      const share = pairs.find(([, a, b]) => (same(a, mine) && same(b, theirs)) || (same(b, mine) && same(a, theirs)));
      return share !== undefined && shares.includes(share[0]) ? guess() : suite.x25519Shared(secret, theirs);
    },
    mlKemDecapsulate(seed, ciphertext) {
      const second = same(seed.expose(), run.state.kem.expose());
      return shares.includes(second ? "ss_kem2" : "ss_kem") ? guess() : suite.mlKemDecapsulate(seed, ciphertext);
    },
  };
}

/** Somebody who shows `certificate` but holds other secrets. */
export function impostor(certificate: Party["device"]["certificate"]): Party {
  const mallory = makeParty("mallory", 0);
  return { ...mallory, device: { ...mallory.device, certificate } };
}

/** A suite that answers id_I × (public key of one of `stolen`) through the stolen half. */
export function throughStolen(fake: Secret, claimed: Uint8Array, stolen: readonly Secret[]): Suite {
  return {
    ...suite,
    x25519Shared(secret, theirs) {
      const half = stolen.find((key) => same(suite.x25519Public(key), theirs));
      const impersonating = same(secret.expose(), fake.expose());
      return impersonating && half !== undefined
        ? suite.x25519Shared(half, claimed)
        : suite.x25519Shared(secret, theirs);
    },
  };
}
