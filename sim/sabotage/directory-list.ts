import type { Sabotage } from "./sabotage.ts";

/** Sabotages of the key directory, its witnesses and what rests on them. */
export const directorySabotages: readonly Sabotage[] = [
  {
    name: "seen-heads-forgotten",
    summary: "a second signed head of an epoch is not held against the first",
    edits: [
      {
        file: "core/node/directory/heads.ts",
        find: "if (known === undefined) {\n    // Old heads",
        replace: "if (known === undefined || log.heads.size >= 0) {\n    // Old heads",
      },
    ],
  },
  {
    name: "evidence-kept-to-oneself",
    summary: "who convicts a directory tells nobody",
    edits: [
      {
        file: "core/node/directory/conviction.ts",
        find: 'spread({ kind: "equivocation", log: log.bytes, proof: evidence }, turn);',
        replace: "",
      },
      {
        file: "core/node/directory/serving.ts",
        find: 'if (log?.evidence !== undefined) return { kind: "conflict", proof: log.evidence };',
        replace: "if (log?.evidence !== undefined) return NOTHING;",
      },
    ],
  },
  {
    name: "old-heads-are-fresh",
    summary: "no head is ever too old",
    edits: [
      {
        file: "core/node/directory/vouching.ts",
        find: "return now - time <= node.settings.headAgeMsMax && time <= now + CLOCK_SKEW_MS;",
        replace: "return node.settings.headAgeMsMax > 0 && time <= now + CLOCK_SKEW_MS;",
      },
      {
        file: "core/vkd/follow.ts",
        find: 'if (head.time < now - view.headAgeMsMax) return err("vkd/head-expired");',
        replace: "",
      },
    ],
  },
  {
    name: "witness-forgets",
    summary: "a witness signs whatever the directory signed, and remembers nothing of it",
    edits: [
      {
        file: "core/node/directory/witnessing.ts",
        find: "if (followed !== undefined) isSound(node, followed, head, turn);",
        replace: "",
      },
      {
        file: "core/node/directory/witnessing.ts",
        find: "const last = node.store.get(key, signedHeadCodec);",
        replace: "const last = undefined;",
      },
    ],
  },
  {
    name: "agreement-ignored",
    summary: "one directory is believed, however many must agree",
    edits: [
      {
        file: "core/node/directory/labels.ts",
        find: "const enough = first !== undefined && first.logs.length >= node.directories.agreement;",
        replace: "const enough = first !== undefined;",
      },
    ],
  },
  {
    name: "contradictions-untold",
    summary: "nobody is told that directories prove different accounts under one label",
    edits: [
      { file: "core/node/directory/labels.ts", find: "if (groups.length > 1) {", replace: "if (groups.length < 0) {" },
    ],
  },
  {
    name: "work-unchecked",
    summary: "a directory registers labels without proof of work",
    edits: [
      {
        file: "core/node/directory/publishing.ts",
        find: 'if (!isPaid(node, desk, registration, work, difficulty)) return { kind: "work", epoch: published, difficulty };',
        replace: 'if (difficulty < 0) return { kind: "work", epoch: published, difficulty };',
      },
    ],
  },
  {
    name: "labels-unstretched",
    summary: "a capsule's address and key follow from a plain hash of the label",
    edits: [
      {
        file: "core/vkd/capsule.ts",
        find: "suite.argon2id(ascii(label), salt, anchor.cost, STRETCHED_BYTES)",
        replace: "Secret.copyOf(suite.sha256(ascii(label), salt))",
      },
      {
        file: "core/vkd/capsule.ts",
        find: "type Result, type Secret, wipeAll }",
        replace: "type Result, Secret, wipeAll }",
      },
    ],
  },
  {
    name: "capsules-unveiled",
    summary: "capsules lie in the record store as they are",
    edits: [
      {
        file: "core/vkd/capsule.ts",
        find: "veil(suite, random, key, RECORD_LABEL, record.address, padded);",
        replace: "Uint8Array.from([...new Uint8Array(VEIL_OVERHEAD_BYTES), ...padded]);",
      },
      {
        file: "core/vkd/capsule.ts",
        find: "unveil(suite, key, RECORD_LABEL, record.address, verified.value.body)",
        replace: "verified.value.body.slice(VEIL_OVERHEAD_BYTES)",
      },
    ],
  },
  {
    name: "lineage-unchecked",
    summary: "a version of a label is taken for its holder's, whoever signed the way to it",
    edits: [{ file: "core/vkd/statement.ts", find: "if (!led.ok) return led;", replace: "" }],
  },
  {
    name: "successors-unchecked",
    summary: "a lookup does not ask whether there is a newer version",
    edits: [{ file: "core/vkd/lookup.ts", find: "if (!superseded.ok) return superseded;", replace: "" }],
  },
  {
    name: "foreign-versions-ignored",
    summary: "the holder of a label looks for its own versions in each epoch, and for nothing else",
    edits: [
      {
        file: "core/node/directory/watching.ts",
        find: 'const found = ["vkd/foreign-version", "vkd/not-included", "vkd/commitment"].includes(verified.error);',
        replace: 'const found = ["vkd/not-included", "vkd/commitment"].includes(verified.error);',
      },
    ],
  },
  {
    name: "mirrors-not-asked",
    summary: "only the directory itself is asked about its log",
    edits: [
      {
        file: "core/node/directory/state.ts",
        find: "return [...new Set([...(first === undefined ? [] : [first]), ...servers, directory])];",
        replace: "return servers.length < 0 && first !== undefined ? [first] : [directory];",
      },
    ],
  },
  {
    name: "threshold-ignored",
    summary: "a head that any witness cosigned is accepted",
    edits: [
      {
        file: "core/quorum/cosignature.ts",
        find: 'if (signers.length < set.threshold) return err("quorum/under-threshold");',
        replace: "",
      },
    ],
  },
  {
    name: "succession-unchecked",
    summary: "a newer head is accepted without a proof that it descends from the last one",
    edits: [
      {
        file: "core/vkd/follow.ts",
        find: 'if (!verifySuccession(suite, last, head, succession).ok) return err("vkd/head-inconsistent");',
        replace: "",
      },
    ],
  },
  {
    name: "rotations-unsigned",
    summary: "other witnesses take over without a word of the old ones",
    edits: [{ file: "core/quorum/rotation.ts", find: "if (!cosigned.ok) return cosigned.error;", replace: "" }],
  },
  {
    name: "rotations-not-shown",
    summary: "nobody shows those who were away how witnesses handed over",
    edits: [
      {
        file: "core/node/directory/serving.ts",
        find: "sequence > question.after",
        replace: "sequence < question.after && sequence > question.after",
      },
    ],
  },
];
