import { bytesToHex } from "@noble/hashes/utils.js";
import { decode } from "../../core/codec/index.ts";
import { QUESTION_BYTES_MAX, type Question, questionCodec } from "../../core/node/index.ts";
import { placeVersion } from "../../core/vkd/index.ts";
import type { Institution, SimLog, World } from "../world/index.ts";

/** Versions of a withheld label that are recognised by their place in the tree. */
const VERSIONS = 8;

/** Whom, and what about, nothing is answered. */
export interface Silence {
  /** Names of nodes that get no answer to anything. */
  readonly people?: ReadonlySet<string>;
  /** Labels about which nobody gets one. */
  readonly labels?: readonly string[];
}

/** A server of a log that says nothing wrong, and is silent where it likes. */
export function withhold(world: World, log: SimLog, server: Institution, { labels = [], people }: Silence): void {
  world.corrupt(server);
  world.note({ kind: "fault", from: server.name, note: "withholds" });
  const places = new Set(
    labels
      .flatMap((label) =>
        Array.from({ length: VERSIONS }, (_, i) => placeVersion(world.suite, log.keys.vrf, label, i + 1).index),
      )
      .map(bytesToHex),
  );
  const isAbout = (question: Question): boolean => {
    if (question.kind === "find" || question.kind === "history") return labels.includes(question.label);
    if (question.kind === "register") return labels.includes(question.registration.label);
    return question.kind === "standing" && question.indices.some((index) => places.has(bytesToHex(index)));
  };
  world.network.answerFor(server.name, (from, bytes) => {
    if (people?.has(from) === true) return "drop";
    const question = decode(questionCodec, bytes, QUESTION_BYTES_MAX);
    return question.ok && isAbout(question.value) ? "drop" : "pass";
  });
}
