import { bytesToHex } from "@noble/hashes/utils.js";
import type { Command } from "commander";
import {
  addSignature,
  anchorIdOf,
  type BootstrapAnchor,
  bootstrapAnchorLine,
  type BootstrapCode,
  bootstrapListLine,
  createSigner,
  isPeerAddress,
  LIST_LIFE_MS_MAX,
  loadSigner,
  PEER_CHARS_MAX,
  PEERS_MAX,
  signerLine,
  SIGNERS_MAX,
  type SignedBootstrapList,
  verifyList,
} from "../bootstrap/index.ts";
import { createLine, type Line, lineOrFile, loadLine, saveLine, toLine } from "../directory/index.ts";
import { duration } from "../../reports/index.ts";
import { counted } from "./counted.ts";
import { timeOf } from "./phrases.ts";
import { UsageError, wholeNumber } from "./usage.ts";

const DAY_MS = 86_400_000;
const DAYS = 90;
const NETWORK_CHARS_MAX = 64;

/** What a refusal means, and what to do about it. */
const EXPLAINED: Readonly<Record<BootstrapCode, string>> = {
  "bootstrap/other-anchor": "it is for another network, or another quorum: ask its operators for the anchor",
  "bootstrap/rollback": "it is older than a list that was accepted before: ask for the newest",
  "bootstrap/from-future": "it is of a time that has not come: check the clock",
  "bootstrap/expired": "it has expired: ask for a newer one",
  "bootstrap/life": "it claims to be good for longer than a list may be",
  "bootstrap/signature": "a signature on it is not by the key that it names: it was altered, or forged",
  "bootstrap/too-few": "not enough of its signers have signed it",
};

export function addBootstrap(program: Command): void {
  const bootstrap = program
    .command("bootstrap")
    .description("lists of peers to begin with, signed by several operators and good for a time");
  bootstrap
    .command("keygen")
    .description("make a signer's key, and print the line that an anchor takes")
    .argument("<file>", "a new file for the key")
    .action((file: string) => say(toLine(signerLine, { key: createSigner(file) })));
  bootstrap
    .command("anchor")
    .description("print what nodes are given to believe lists: who may sign, and how many have to")
    .requiredOption("--network <NAME>", "what the network is called; at most 64 bytes")
    .requiredOption("--signer <LINE|FILE...>", 'what "chhaya bootstrap keygen" printed; repeatable')
    .requiredOption("--threshold <M>", "signatures that a list needs", wholeNumber("--threshold", 1))
    .action(anchor);
  bootstrap
    .command("create")
    .description("make a list, to be signed")
    .argument("<file>", "a new file for the list")
    .requiredOption("--anchor <LINE|FILE>", "whom it is for")
    .requiredOption("--peer <MULTIADDR...>", "ends in /p2p/ and a peer id; repeatable")
    .option("--days <N>", "how long it is good", wholeNumber("--days", 1), DAYS)
    .option(
      "--sequence <N>",
      "higher than that of every earlier list (default: the time)",
      wholeNumber("--sequence", 0),
    )
    .action(create);
  bootstrap
    .command("sign")
    .description("add a signature to a list")
    .argument("<file>", "the list's file")
    .requiredOption("--anchor <LINE|FILE>", "whom it is for")
    .requiredOption("--key <FILE>", "the signer's key")
    .action(sign);
  bootstrap
    .command("verify")
    .description("judge a list as a node does; exit 0 when it is good, 1 when it is refused")
    .argument("<file>", "the list's file")
    .requiredOption("--anchor <LINE|FILE>", "who may sign")
    .option("--json", "one JSON object on standard output", false)
    .action(verify);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** A line itself, or the file that holds it. */
function read<T>(line: Line<T>, word: string, flag: string): T {
  const value = lineOrFile(line, word, flag);
  if (value === undefined) throw new UsageError(`${flag} takes a line or a file; there is no file ${word}`);
  return value;
}

interface AnchorFlags {
  readonly network: string;
  readonly signer: readonly string[];
  readonly threshold: number;
}

function anchor({ network, signer, threshold }: AnchorFlags): void {
  if (network === "" || Buffer.byteLength(network) > NETWORK_CHARS_MAX) {
    throw new UsageError(`--network takes 1 to ${NETWORK_CHARS_MAX} bytes`);
  }
  const keys = signer.map((word) => read(signerLine, word, "--signer").key).sort(Buffer.compare);
  if (keys.some((key, i) => i > 0 && Buffer.compare(keys[i - 1] as Uint8Array, key) === 0)) {
    throw new UsageError("--signer names one signer twice");
  }
  if (keys.length > SIGNERS_MAX) throw new UsageError(`--signer takes at most ${SIGNERS_MAX} signers`);
  if (threshold > keys.length) {
    throw new UsageError(
      `--threshold is ${threshold}, and there ${keys.length === 1 ? "is" : "are"} only ${counted(keys.length, "signer")}`,
    );
  }
  say(toLine(bootstrapAnchorLine, { network, threshold, keys }));
}

interface CreateFlags {
  readonly anchor: string;
  readonly peer: readonly string[];
  readonly days: number;
  readonly sequence: number | undefined;
}

function create(file: string, { anchor: word, days, peer, sequence }: CreateFlags): void {
  const quorum = read(bootstrapAnchorLine, word, "--anchor");
  for (const each of peer) {
    if (each.length > PEER_CHARS_MAX || !isPeerAddress(each)) {
      throw new UsageError(`--peer takes a multiaddr that ends in /p2p/ and a peer id, not "${each}"`);
    }
  }
  if (peer.length > PEERS_MAX) throw new UsageError(`--peer takes at most ${PEERS_MAX} peers`);
  if (days * DAY_MS > LIST_LIFE_MS_MAX) throw new UsageError(`--days takes at most ${LIST_LIFE_MS_MAX / DAY_MS}`);
  const issued = Date.now();
  const list = {
    anchor: anchorIdOf(quorum),
    sequence: sequence ?? issued,
    issued,
    expires: issued + days * DAY_MS,
    peers: peer,
  };
  createLine(bootstrapListLine, file, { list, signatures: [] });
  say(`${file} waits for ${counted(quorum.threshold, "signature")}: chhaya bootstrap sign ${file} --anchor … --key …`);
}

function sign(file: string, flags: { readonly anchor: string; readonly key: string }): void {
  const quorum = read(bootstrapAnchorLine, flags.anchor, "--anchor");
  const signed = listIn(file);
  if (Buffer.compare(anchorIdOf(quorum), signed.list.anchor) !== 0) {
    throw new UsageError(`${file} is for another anchor than --anchor`);
  }
  const seed = loadSigner(flags.key);
  const more = addSignature(quorum, signed, seed);
  seed.wipe();
  if (more === undefined) throw new UsageError(`the anchor does not know the key in ${flags.key}`);
  saveLine(bootstrapListLine, file, more);
  say(`${file} has ${more.signatures.length} of the ${counted(quorum.threshold, "signature")} that it needs`);
}

function listIn(file: string): SignedBootstrapList {
  const signed = loadLine(bootstrapListLine, file);
  if (signed === undefined) throw new UsageError(`there is no bootstrap list in ${file}`);
  return signed;
}

function verify(file: string, flags: { readonly anchor: string; readonly json: boolean }): void {
  const quorum = read(bootstrapAnchorLine, flags.anchor, "--anchor");
  const { list, signatures } = listIn(file);
  const now = Date.now();
  const verified = verifyList(quorum, { list, signatures }, undefined, now);
  if (!verified.ok) process.exitCode = 1;
  if (flags.json) {
    const { expires, issued, peers, sequence } = list;
    const verdict = verified.ok ? { verdict: "good" } : { verdict: "refused", code: verified.error };
    say(JSON.stringify({ ...verdict, network: quorum.network, sequence, issued, expires, peers }));
    return;
  }
  const mark = verified.ok ? "✔ the list is good" : `✘ refused: ${EXPLAINED[verified.error]} (${verified.error})`;
  say([mark, ...described(quorum, { list, signatures }, now)].join("\n"));
}

function described(
  { keys, network, threshold }: BootstrapAnchor,
  { list, signatures }: SignedBootstrapList,
  now: number,
): string[] {
  const marks = keys.map((key, place) => {
    const has = signatures.some(({ signer }) => signer === place);
    return `${has ? "✔" : "·"} ${bytesToHex(key.subarray(0, 4))}`;
  });
  const left = list.expires - now;
  return [
    `  network   ${network}`,
    `  signed    by ${signatures.length} of ${keys.length}, ${threshold} needed: ${marks.join(", ")}`,
    `  issued    ${timeOf(list.issued)}, number ${list.sequence}`,
    `  expires   ${timeOf(list.expires)}${left > 0 ? `, in ${duration(left)}` : ""}`,
    ...list.peers.map((peer) => `  peer      ${peer}`),
  ];
}
