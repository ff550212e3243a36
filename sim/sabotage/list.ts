import { directorySabotages } from "./directory-list.ts";
import { overlaySabotages } from "./overlay-list.ts";
import type { Sabotage } from "./sabotage.ts";

/** Every sabotage; each is named by at least one scenario that must catch it. */
export const sabotages: readonly Sabotage[] = [
  {
    name: "persist-after-send",
    summary: "effects do not wait for the log",
    edits: [{ file: "core/node/driver.ts", find: "this.#writing = true;", replace: "" }],
  },
  {
    name: "retransmission-off",
    summary: "a message is sent once on a session, lost or not",
    edits: [
      {
        file: "core/node/outbox.ts",
        find: "if (sentAt !== undefined && !again) continue;",
        replace: "if (sentAt !== undefined) continue;",
      },
      {
        file: "core/node/delivery.ts",
        find: "if (message.sentAt !== undefined && message.sentAt < newest) message.sentAt = undefined;",
        replace: "",
      },
    ],
  },
  {
    name: "duplicates-accepted",
    summary: "a retransmitted message is announced again",
    edits: [
      {
        file: "core/node/inbox.ts",
        find: 'if (arrival !== "new" || inboxFull(peer.unconfirmed, node.store.valueBytes)) return;\n  accept(peer.incoming, seq);',
        replace: 'if (arrival === "new") accept(peer.incoming, seq);',
      },
    ],
  },
  {
    name: "replay-memory-off",
    summary: "nothing is remembered of handshakes on the last resort, nor of what came with them",
    edits: [
      {
        file: "core/node/admission.ts",
        find: "node.replayKeys.some((entry) => equalConstantTime(entry.key, opened.id))",
        replace: "node.replayKeys.length < 0 && equalConstantTime(opened.id, opened.id)",
      },
      {
        file: "core/node/admission.ts",
        find: "if (known !== undefined && opened.issued <= known.newestFirst)",
        replace: "if (known === undefined && opened.issued < 0)",
      },
      {
        file: "core/node/inbox.ts",
        find: 'if (classify(peer.incoming, seq) === "duplicate" || inboxFull(peer.unconfirmed, node.store.valueBytes)) return;',
        replace: "",
      },
    ],
  },
  {
    name: "sessions-never-replaced",
    summary: "a session out of its bounds is kept, and no handshake replaces it",
    edits: [
      {
        file: "core/node/conversation.ts",
        find: 'else endSessions(node, peer, "bounds", turn);',
        replace: "else waitOut(node, peer, again, turn);",
      },
    ],
  },
  {
    name: "unfinished-write-is-damage",
    summary: "a torn write at the end of the log counts as damage",
    edits: [
      {
        file: "core/logstore/recover.ts",
        find: 'return tail === 0 ? judged("clean") : judged("torn", "log/unfinished-write");',
        replace: 'return tail === 0 ? judged("clean") : judged("damaged", "log/record-altered");',
      },
    ],
  },
  {
    name: "message-keys-repeat",
    summary: "a chain gives the same message key again and again",
    edits: [
      {
        file: "core/ratchet/chain.ts",
        find: "current = next;",
        replace: "next.wipe(); current = Secret.copyOf(key.expose());",
      },
    ],
  },
  {
    name: "early-messages-swallowed",
    summary: "what follows the first message before the answer is acknowledged and thrown away",
    edits: [
      {
        file: "core/node/conversation.ts",
        find: "receiveProvisional(node, peer, answer.id, packet.value.base, message, turn);",
        replace:
          "peer.provisional = [...peer.provisional, { seq: message.seq, digest: node.suite.sha256(message.body).slice(0, 16), session: answer.id, base: packet.value.base }];",
      },
    ],
  },
  {
    name: "tags-unchecked",
    summary: "authentication tags of AES-GCM are not verified",
    edits: [{ file: "adapters/suite/native.ts", find: "decipher.final();", replace: "" }],
  },
  {
    name: "sender-unbound",
    summary: "the initiator's identity key does not enter the first message's keys",
    edits: [
      {
        file: "core/handshake/initiator.ts",
        find: 'stageKey(suite, "K2", hash, k1, fixed.authenticator)',
        replace: 'stageKey(suite, "K2", hash, k1)',
      },
      {
        file: "core/handshake/responder.ts",
        find: 'stageKey(suite, "K2", hash, k1, authenticator)',
        replace: 'stageKey(suite, "K2", hash, k1)',
      },
    ],
  },
  {
    name: "bundle-addresses-ignored",
    summary: "addresses in a bundle are not followed",
    edits: [
      {
        file: "core/node/lookup.ts",
        find: "redirect(peer, { introduction, addresses: bundle.addresses, version: bundle.version }, turn);",
        replace: "",
      },
    ],
  },
  {
    name: "silent-peers-unsought",
    summary: "who is silent is not looked up again while a session or a handshake with it is under way",
    edits: [
      {
        file: "core/node/engine.ts",
        find: "if (peer.silence > silence && isSoughtAfter(peer.silence)) seekReach(node, peer, turn);",
        replace: "void silence;",
      },
    ],
  },
  {
    name: "records-unsigned",
    summary: "whoever stores or reads a record does not look at its signature",
    edits: [
      {
        file: "core/record/record.ts",
        find: 'if (!suite.ed25519Verify(publicKey, statement, value.subarray(signatureAt))) return err("record/signature");',
        replace: 'if (statement.length === 0) return err("record/signature");',
      },
    ],
  },
  {
    name: "log-never-rewritten",
    summary: "superseded states stay in the log",
    edits: [
      {
        file: "core/node/engine.ts",
        find: "node.store.commit(this.#rewrite || due || node.store.records >= compactRecords)",
        replace: "node.store.commit(this.#rewrite && !due && compactRecords < 0)",
      },
      {
        file: "core/node/engine.ts",
        find: 'else if (record?.kind === "append") node.compactAt ??= turn.now + compactMs;',
        replace: "void compactMs;",
      },
    ],
  },
  {
    name: "ratchet-without-diffie-hellman",
    summary: "the root key moves on without fresh Diffie–Hellman secrets",
    edits: [
      {
        file: "core/ratchet/chain.ts",
        find: "kem === undefined ? Secret.concat(root, shared) : Secret.concat(root, shared, kem)",
        replace: "kem === undefined || shared.length > 0 ? Secret.concat(root, root) : kem",
      },
      { file: "core/ratchet/chain.ts", find: "    context.senderPublic,\n    context.receiverPublic,\n", replace: "" },
    ],
  },
  ...directorySabotages,
  ...overlaySabotages,
];
