import { type Codec, decode, encode } from "../../core/codec/index.ts";
import type { CosignedHead } from "../../core/quorum/index.ts";
import { assert } from "../../core/safety/index.ts";
import {
  convict,
  EQUIVOCATION_BYTES_MAX,
  equivocationCodec,
  signHead,
  successionCodec,
  verifyEquivocation,
  verifySuccession,
} from "../../core/tlog/index.ts";
import {
  ABSENCE_BYTES_MAX,
  absenceCodec,
  capsuleIndices,
  firstTerm,
  futureVersions,
  HISTORY_BYTES_MAX,
  historyCodec,
  locate,
  type LogView,
  LOOKUP_BYTES_MAX,
  lookupCodec,
  placeVersion,
  type Standing,
  stretchLabel,
  verifyAbsence,
  verifyHistory,
  verifyLookup,
} from "../../core/vkd/index.ts";
import { nativeSuite } from "../suite/index.ts";
import { must } from "./epochs.ts";
import { EPOCHS, type Fixture } from "./fixture.ts";
import type { Task } from "./measure.ts";

/** Versions that labels have whose proofs are measured. */
const VERSIONS: readonly number[] = [1, 2, 3, 16];
const VERSIONS_MOST = 16;
/** Labels of each. */
const LABELS = 10;
export const REAL_LEAVES: number = VERSIONS.reduce((sum, version) => sum + version * LABELS, 0);
/** Epochs that the real labels take, the last of {@link EPOCHS}. */
export const REAL_EPOCHS: number = VERSIONS_MOST;
const DAY_EPOCHS = 24;

const labelOf = (version: number, i: number): string => `person-${i % LABELS}.v${version}@example.org`;

/** Registers the labels whose proofs are measured, each version in an epoch of its own. */
export async function registerReal(fixture: Fixture): Promise<void> {
  for (let version = 1; version <= VERSIONS_MOST; version++) {
    const labels = VERSIONS.filter((last) => last >= version).flatMap((last) =>
      Array.from({ length: LABELS }, (_, i) => labelOf(last, i)),
    );
    await fixture.publish(labels.map((label) => fixture.admit(label)));
  }
}

/** One kind of proof: how it is made, in its encoding, and verified from that. */
interface Proof {
  readonly name: string;
  readonly made: (i: number) => () => Uint8Array;
  readonly verified: (i: number, bytes: Uint8Array) => () => unknown;
}

/** Everything that is proved about labels and heads, over the newest epoch of a filled directory. */
export class Proofs {
  readonly #fixture: Fixture;
  readonly #head: CosignedHead;
  readonly #view: LogView;
  readonly #bytes = new Map<string, number[]>();

  constructor(fixture: Fixture) {
    this.#fixture = fixture;
    this.#head = fixture.cosigned(fixture.last);
    const { anchor, last } = fixture;
    // Of somebody new: the quorum is verified too.
    this.#view = {
      anchor,
      terms: [firstTerm(anchor)],
      last: undefined,
      now: last.time,
      headAgeMsMax: 86_400_000,
    };
  }

  tasks(): Task[] {
    const history = [1, VERSIONS_MOST];
    const proofs = [
      ...VERSIONS.slice(0, 3).map((version) => this.#lookup(version)),
      this.#absence(),
      ...history.map((version) => this.#history(version)),
      ...[1, DAY_EPOCHS, EPOCHS - 1].map((epochs) => this.#succession(epochs)),
      this.#equivocation(),
    ];
    return [...this.#registration(), ...proofs.flatMap((proof) => this.#tasksOf(proof))];
  }

  /** The median length of each proof, in bytes. */
  sizes(): ReadonlyMap<string, number> {
    return new Map(
      [...this.#bytes].map(([name, sizes]) => [name, sizes.sort((a, b) => a - b)[sizes.length >> 1] as number]),
    );
  }

  #tasksOf({ made, name, verified }: Proof): Task[] {
    let bytes = new Uint8Array(0) as Uint8Array;
    const sizes: number[] = [];
    this.#bytes.set(name, sizes);
    return [
      {
        name: `${name}: made`,
        ready: (i) => {
          const make = made(i);
          return () => {
            bytes = make();
          };
        },
      },
      {
        name: `${name}: verified`,
        ready: (i) => {
          sizes.push(bytes.length);
          return verified(i, bytes);
        },
      },
    ];
  }

  #registration(): Task[] {
    const { anchor, registry } = this.#fixture;
    return [
      {
        name: "registration: client",
        every: 5,
        ready: (i) => () => {
          stretchLabel(nativeSuite, anchor, labelOf(1, i));
          return this.#fixture.sign(`fresh-${i}@example.org`, 1);
        },
      },
      {
        name: "registration: directory",
        every: 5,
        ready: (i) => {
          const registration = this.#fixture.sign(`fresh-${i}@example.org`, 1);
          return () => {
            must(registry.judge(registration));
            return registry.prepare(registration.label, 1);
          };
        },
      },
    ];
  }

  #standing(indices: readonly Uint8Array[]): Standing {
    const { replica } = this.#fixture.registry;
    const { epoch } = this.#head.head;
    return {
      head: this.#head,
      succession: undefined,
      epoch: replica.epochProof(epoch),
      tree: replica.tree(epoch, indices),
    };
  }

  #lookup(version: number): Proof {
    const { anchor, registry } = this.#fixture;
    return {
      name: `lookup, version ${version}`,
      made: (i) => {
        const label = labelOf(version, i);
        const known = registry.capsule(label);
        assert(known !== undefined, "a real label is registered");
        // Whoever asks a mirror names the places, which the capsule gave.
        const indices = must(capsuleIndices(nativeSuite, anchor, label, known));
        return () => {
          const capsule = registry.capsule(label);
          assert(capsule !== undefined, "a real label is registered");
          return encode(lookupCodec, { capsule, standing: this.#standing(indices) });
        };
      },
      verified: (i, bytes) => () =>
        must(verifyLookup(nativeSuite, this.#view, labelOf(version, i), read(lookupCodec, bytes, LOOKUP_BYTES_MAX))),
    };
  }

  #absence(): Proof {
    const label = (i: number): string => `nobody-${i}@example.org`;
    return {
      name: "absence",
      made: (i) => () => {
        const { index, proof } = placeVersion(nativeSuite, this.#fixture.keys.vrf, label(i), 1);
        return encode(absenceCodec, { standing: this.#standing([index]), proof });
      },
      verified: (i, bytes) => () =>
        must(verifyAbsence(nativeSuite, this.#view, label(i), read(absenceCodec, bytes, ABSENCE_BYTES_MAX))),
    };
  }

  #history(version: number): Proof {
    const { anchor, registry } = this.#fixture;
    return {
      name: version === 1 ? "history of 1 version" : `history of ${version} versions`,
      made: (i) => {
        const label = labelOf(version, i);
        const places = registry.history(label, 1);
        assert(places !== undefined, "a real label is registered");
        const proofs = [...places.openings.map((opening) => [opening.version, opening.proof] as const)];
        proofs.push(...futureVersions(version).map((one, at) => [one, places.absent[at] as Uint8Array] as const));
        const indices = proofs.map(([one, proof]) => {
          const index = locate(nativeSuite, anchor, label, one, proof);
          assert(index !== undefined, "the directory's proofs verify");
          return index;
        });
        return () => {
          const contents = registry.history(label, 1);
          assert(contents !== undefined, "a real label is registered");
          return encode(historyCodec, { ...contents, first: undefined, standing: this.#standing(indices) });
        };
      },
      verified: (i, bytes) => () =>
        must(
          verifyHistory(nativeSuite, this.#view, labelOf(version, i), 1, read(historyCodec, bytes, HISTORY_BYTES_MAX)),
        ),
    };
  }

  #succession(epochs: number): Proof {
    const { heads, registry } = this.#fixture;
    const to = this.#head.head;
    const from = heads[to.epoch - epochs - 1];
    assert(from !== undefined, "the log is long enough");
    return {
      name: epochs === 1 ? "succession over 1 epoch" : `succession over ${epochs} epochs`,
      made: () => () => {
        const succession = registry.replica.succession(from, to);
        assert(succession !== undefined, "there is a way");
        return encode(successionCodec, succession);
      },
      verified: (_, bytes) => () =>
        must(verifySuccession(nativeSuite, from, to, read(successionCodec, bytes, bytes.length))),
    };
  }

  #equivocation(): Proof {
    const { anchor, keys, registry } = this.#fixture;
    const { head } = this.#head;
    const other = signHead(nativeSuite, keys.signing, { ...head, time: head.time + 1 });
    return {
      name: "equivocation",
      made: () => () => {
        const proof = convict(nativeSuite, anchor.key, head, other);
        assert(proof !== undefined, "two heads of one epoch convict");
        return encode(equivocationCodec, proof);
      },
      verified: (_, bytes) => () => {
        const proof = read(equivocationCodec, bytes, EQUIVOCATION_BYTES_MAX);
        assert(verifyEquivocation(nativeSuite, registry.log, anchor.key, proof), "the proof holds");
      },
    };
  }
}

function read<T>(codec: Codec<T>, bytes: Uint8Array, bytesMax: number): T {
  return must(decode(codec, bytes, bytesMax));
}
