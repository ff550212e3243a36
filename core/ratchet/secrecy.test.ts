import { bytesToHex } from "@noble/hashes/utils.js";
import { expect, onTestFinished, test, vi } from "vitest";
import { decode, encode } from "../codec/index.ts";
import { Secret } from "../safety/index.ts";
import {
  type KeyPair,
  type Random,
  type Role,
  ROLE_INITIATOR,
  ROLE_RESPONDER,
  type Suite,
  x25519KeyPair,
} from "../suite/index.ts";
import { countingRandom } from "../suite/testing.ts";
import { ratchetCodec } from "./checkpoint.ts";
import { openMessage } from "./open.ts";
import { DEFAULT_RATCHET_POLICY, type RatchetPolicy } from "./policy.ts";
import { sealMessage } from "./seal.ts";
import { startRatchet } from "./start.ts";
import { type RatchetState, secretsOf } from "./state.ts";
import { type End, type Envelope, must, payloadOf, QUIET, startPair, TEST_TRANSCRIPT, toySuite } from "./testing.ts";

const BUSY: RatchetPolicy = { ...DEFAULT_RATCHET_POLICY, kemMessages: 6 };

/** A thief's copy of a state: it shares no memory with the victim's. */
function steal(state: RatchetState): RatchetState {
  return must(decode(ratchetCodec, encode(ratchetCodec, state), 100_000));
}

/** What the thief makes of an envelope that the victim received. */
function read(thief: { state: RatchetState }, { tag, rest }: Envelope): "read" | string {
  const opened = openMessage(toySuite, countingRandom("thief"), thief.state, tag, rest, 0);
  if (!opened.ok) return opened.error;
  thief.state = opened.value.state;
  return "read";
}

/**
 * The thief takes the step that the victim took, as well as it can: it sees the victim's new public key in a
 * header that it reads, but has a secret of its own in place of the one that belongs to it.
 */
function follow(thief: { state: RatchetState }, victim: End): void {
  const publicKey = victim.state.send?.pair.publicKey;
  if (publicKey === undefined) throw new Error("the victim took no step");
  const suite = { ...toySuite, x25519Public: () => publicKey };
  thief.state = must(sealMessage(suite, countingRandom("follow"), thief.state, payloadOf(0), QUIET, 0)).state;
}

function exchange(from: End, to: End, index: number, policy: RatchetPolicy = QUIET): Envelope {
  const envelope = must(from.seal(payloadOf(index), policy, index));
  expect(must(to.open(envelope, index))).toEqual(payloadOf(index));
  return envelope;
}

test("forward secrecy: a stolen state opens nothing that was delivered before, only what was overtaken", () => {
  const { initiator, responder } = startPair("forward");
  const delivered: Envelope[] = [];
  for (let i = 0; i < 6; i++) {
    delivered.push(exchange(initiator, responder, i));
    if (i % 2 === 1) exchange(responder, initiator, i);
  }
  const overtaken = must(initiator.seal(payloadOf(50), QUIET, 0));
  delivered.push(exchange(initiator, responder, 51));
  const thief = { state: steal(responder.state) };
  for (const envelope of delivered) expect(read(thief, envelope)).toBe("ratchet/unknown-tag");
  expect(read(thief, overtaken)).toBe("read");
});

test("forward secrecy: no key that ever sealed a message is left in a state, nor is any chain key that led to it", () => {
  const sealing = new Set<string>();
  const suite: Suite = {
    ...toySuite,
    aesGcmSeal(key, nonce, ad, plaintext) {
      const text = bytesToHex(key.expose());
      // The mechanism behind every nonce being derivable: a key seals one plaintext.
      expect(sealing.has(text)).toBe(false);
      sealing.add(text);
      return toySuite.aesGcmSeal(key, nonce, ad, plaintext);
    },
  };
  const { initiator, responder } = startPair("keys", { suite });
  const chainKeys = new Set<string>();
  for (let i = 0; i < 40; i++) {
    const [from, to] = i % 5 < 3 ? [initiator, responder] : [responder, initiator];
    exchange(from, to, i, BUSY);
    for (const { state } of [initiator, responder]) {
      const held = bytesToHex(encode(ratchetCodec, state));
      for (const key of [...sealing, ...chainKeys]) expect(held).not.toContain(key);
    }
    if (from.state.send !== undefined) {
      const { key } = from.state.send;
      const before = bytesToHex(key.expose());
      exchange(from, to, 1000 + i, BUSY);
      chainKeys.add(before);
    }
  }
  expect(sealing.size).toBeGreaterThan(150);
});

test("spent secrets are exactly those that the new state does not hold, and superseded keys are wiped with them", () => {
  const { initiator, responder } = startPair("spent");
  for (let i = 0; i < 30; i++) {
    const [from, to] = i % 3 === 0 ? [responder, initiator] : [initiator, responder];
    const before = { from: from.state, to: to.state };
    if (i === 10) must(from.seal(payloadOf(99), BUSY, 0));
    exchange(from, to, i, BUSY);
    for (const [old, now] of [
      [before.from, from.state],
      [before.to, to.state],
    ] as const) {
      const held = new Set(secretsOf(now));
      for (const secret of secretsOf(old)) expect(secret.wiped).toBe(!held.has(secret));
      for (const secret of held) expect(secret.wiped).toBe(false);
    }
  }
});

test("nothing is left lying about: every secret made by an operation is wiped or held by the new state, refused or not", () => {
  let made: Secret[] = [];
  const note = <T extends Secret | undefined>(secret: T): T => {
    // A nonce is not secret.
    if (secret !== undefined && secret.length > 12) made.push(secret);
    return secret;
  };
  const suite: Suite = {
    ...toySuite,
    hkdfSha256: (...args) => note(toySuite.hkdfSha256(...args)),
    x25519Shared: (...args) => note(toySuite.x25519Shared(...args)),
    mlKemDecapsulate: (...args) => note(toySuite.mlKemDecapsulate(...args)),
  };
  const slice = Secret.prototype.slice;
  vi.spyOn(Secret.prototype, "slice").mockImplementation(function (this: Secret, start, end) {
    return note(slice.call(this, start, end));
  });
  onTestFinished(() => void vi.restoreAllMocks());
  const { initiator, responder } = startPair("litter", { suite });
  const check = (state: RatchetState): void => {
    const held = new Set(secretsOf(state));
    for (const secret of made) expect(secret.wiped || held.has(secret)).toBe(true);
    made = [];
  };
  made = [];
  for (let i = 0; i < 40; i++) {
    const [from, to] = i % 5 < 3 ? [initiator, responder] : [responder, initiator];
    // Every third message is overtaken by the next and lost.
    const envelope = must(from.seal(payloadOf(i), BUSY, i));
    check(from.state);
    if (i % 3 === 0) continue;
    const rest = Uint8Array.from(envelope.rest, (byte, at) => (at === 200 ? byte ^ 1 : byte));
    expect(to.open({ tag: envelope.tag, rest }, i)).toEqual({ ok: false, error: "ratchet/bad-body" });
    check(to.state);
    must(to.open(envelope, i));
    check(to.state);
  }
  expect(responder.state.kem.epoch).toBeGreaterThan(0);
});

test("the handshake's root and the initiator's ephemeral do not outlive the start", () => {
  const random = countingRandom("start");
  const root = new Secret(random.bytes(32));
  const [mine, theirs] = [x25519KeyPair(toySuite, random), x25519KeyPair(toySuite, random)];
  startRatchet(
    toySuite,
    { role: ROLE_INITIATOR, root, transcript: TEST_TRANSCRIPT, mine, theirs: theirs.publicKey },
    0,
  );
  expect([root.wiped, mine.secret.wiped]).toEqual([true, true]);
});

test("classical healing: a fresh key pair of the victim locks the thief out after one round trip", () => {
  for (const role of ["initiator", "responder"] as const) {
    const { initiator, responder } = startPair(`classical ${role}`);
    const [victim, peer] = role === "initiator" ? [initiator, responder] : [responder, initiator];
    for (let i = 0; i < 3; i++) {
      exchange(initiator, responder, i);
      exchange(responder, initiator, i);
    }
    const thief = { state: steal(victim.state) };
    // What the peer sends until it has heard a fresh key of the victim's is readable …
    expect(read(thief, exchange(peer, victim, 10))).toBe("read");
    // … the round trip: a fresh key goes out, and what comes back depends on it.
    exchange(victim, peer, 11);
    follow(thief, victim);
    expect(read(thief, exchange(peer, victim, 12))).toBe("ratchet/bad-body");
    // One chain later even tags and headers are unknown to the thief.
    exchange(victim, peer, 13);
    follow(thief, victim);
    expect(read(thief, exchange(peer, victim, 14))).toBe("ratchet/unknown-tag");
  }
});

/**
 * A quantum thief: it stole the victim's state, and an oracle tells it every X25519 secret made afterwards.
 * It runs the victim's own code in lockstep; what it lacks is the victim's ML-KEM randomness.
 */
class QuantumThief {
  state: RatchetState;
  readonly #keys: KeyPair[];
  #next: number;

  constructor(victim: End, keys: KeyPair[]) {
    this.state = steal(victim.state);
    this.#keys = keys;
    this.#next = keys.length;
  }

  /** Follows a message that the victim sent. */
  follow(payload: Uint8Array, policy: RatchetPolicy, now: number): void {
    const guess = countingRandom("quantum guess");
    const random: Random = {
      bytes: (length) =>
        length === 32 && this.#next < this.#keys.length
          ? Uint8Array.from((this.#keys[this.#next++] as KeyPair).secret.expose())
          : guess.bytes(length),
    };
    const sealed = sealMessage(toySuite, random, this.state, payload, policy, now);
    if (sealed.ok) this.state = sealed.value.state;
  }

  read({ tag, rest }: Envelope, now: number): string {
    const opened = openMessage(toySuite, countingRandom("quantum"), this.state, tag, rest, now);
    if (!opened.ok) return opened.error;
    this.state = opened.value.state;
    return "read";
  }
}

/** How the quantum thief fares against `rounds` round trips after the theft; one code a round. */
function quantumAttack(role: Role, policy: RatchetPolicy, rounds: number): { codes: string[]; epoch: number } {
  const keys: KeyPair[] = [];
  const random = (of: Role): Random => {
    const stream = countingRandom(`quantum ${of}`);
    if (of !== role) return stream;
    return {
      bytes(length) {
        const bytes = stream.bytes(length);
        // Key pairs are drawn as 32 bytes while sealing; encapsulation coins while opening.
        if (length === 32 && sealing) keys.push({ publicKey: bytes, secret: Secret.copyOf(bytes) });
        return bytes;
      },
    };
  };
  let sealing = false;
  const { initiator, responder } = startPair("quantum", { random });
  const [victim, peer] = role === ROLE_INITIATOR ? [initiator, responder] : [responder, initiator];
  for (let i = 0; i < 2; i++) {
    exchange(initiator, responder, i);
    exchange(responder, initiator, i);
  }
  const thief = new QuantumThief(victim, keys);
  const codes: string[] = [];
  for (let i = 0; i < rounds; i++) {
    const payload = payloadOf(i);
    sealing = true;
    const out = must(victim.seal(payload, policy, 0));
    sealing = false;
    must(peer.open(out, 0));
    thief.follow(payload, policy, 0);
    const back = must(peer.seal(payload, policy, 0));
    must(victim.open(back, 0));
    codes.push(thief.read(back, 0));
  }
  return { codes, epoch: victim.state.kem.epoch };
}

test.each([ROLE_INITIATOR, ROLE_RESPONDER] as const)(
  "post-quantum healing: with every X25519 secret revealed, a KEM epoch locks the thief of %s out for good",
  (role) => {
    const { codes, epoch } = quantumAttack(role, BUSY, 16);
    expect(epoch).toBeGreaterThan(0);
    // Before the epoch it reads everything: the oracle works.
    expect(codes.slice(0, 2)).toEqual(["read", "read"]);
    const locked = codes.findIndex((code) => code !== "read");
    expect(locked).toBeGreaterThan(0);
    expect(locked).toBeLessThan(8);
    expect(codes.slice(locked)).not.toContain("read");
  },
);

test.each([ROLE_INITIATOR, ROLE_RESPONDER] as const)(
  "without KEM epochs the quantum thief of %s reads everything: the healing above is the KEM's alone",
  (role) => {
    expect(new Set(quantumAttack(role, QUIET, 16).codes)).toEqual(new Set(["read"]));
  },
);

test("security if ML-KEM falls: known KEM secrets alone do not help without the root and the Diffie–Hellman keys", () => {
  const { initiator, responder } = startPair("kem falls");
  for (let i = 0; i < 3; i++) {
    exchange(initiator, responder, i);
    exchange(responder, initiator, i);
  }
  const thief = { state: steal(initiator.state) };
  expect(read(thief, exchange(responder, initiator, 20, BUSY))).toBe("read");
  for (let i = 0; i < 6; i++) {
    // The KEM secret is handed to the thief as soon as there is one.
    const { kem } = initiator.state;
    if (kem.phase.kind === "ready") {
      const phase = { kind: "ready", secret: Secret.copyOf(kem.phase.secret.expose()) } as const;
      thief.state = { ...thief.state, kem: { ...thief.state.kem, phase } };
    }
    exchange(initiator, responder, 30 + i, BUSY);
    follow(thief, initiator);
    expect(read(thief, exchange(responder, initiator, 40 + i, BUSY))).not.toBe("read");
  }
  expect(initiator.state.kem.epoch).toBeGreaterThan(0);
});
