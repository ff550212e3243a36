import { accountId } from "../../identity/index.ts";
import { isLabel, type Registration, registrationBytes } from "../../vkd/index.ts";
import type { CommandCode, LogId } from "../events.ts";
import type { NodeState } from "../state.ts";
import type { Turn } from "../turn.ts";
import { type Outcome, resolve, tally } from "./resolve.ts";
import type { Vouch } from "./vouch.ts";

/** Lookups that the user has under way at once. */
export const RESOLVING_MAX = 16;

/** A label that enough logs agree on. */
export interface Found {
  readonly registration: Registration;
  readonly agreed: readonly LogId[];
  readonly vouches: readonly Vouch[];
}

/**
 * Looks a label up in every followed log and tells the user what came of it. `found` is called where as many logs as
 * the user demands name one account, and more than name any other. A contradiction is told whatever the outcome.
 */
export function lookUpLabel(
  node: NodeState,
  label: string,
  token: number,
  turn: Turn,
  found: (result: Found, turn: Turn) => void,
): CommandCode | undefined {
  const { directories } = node;
  if (!isLabel(label)) return "command/label-invalid";
  if (directories.logs.size === 0) return "command/no-directory";
  if (directories.resolving >= RESOLVING_MAX) return "command/busy";
  directories.resolving++;
  resolve(node, label, turn, (outcomes, later) => {
    directories.resolving--;
    conclude(node, label, token, outcomes, later, found);
  });
  return undefined;
}

function conclude(
  node: NodeState,
  label: string,
  token: number,
  outcomes: ReadonlyMap<LogId, Outcome>,
  turn: Turn,
  found: (result: Found, turn: Turn) => void,
): void {
  const { failures, groups } = tally(outcomes);
  if (groups.length > 1) {
    const answers = groups.flatMap(({ account, logs }) =>
      logs.map((log) => ({ log, account: account === undefined ? undefined : accountId(account) })),
    );
    turn.event({ kind: "label.disagreed", label, token, answers });
  }
  const [first, second] = groups;
  const enough = first !== undefined && first.logs.length >= node.directories.agreement;
  // Where two accounts have as many logs each, none is more believable than the other.
  if (!enough || first.logs.length === second?.logs.length) {
    turn.event({ kind: "label.unresolved", label, token, failures });
    return;
  }
  if (first.account === undefined) {
    turn.event({ kind: "label.absent", label, token, logs: first.logs });
    return;
  }
  const result = foundBy(node, first.logs, outcomes);
  if (result === undefined) return;
  const { account, card, version } = result.registration;
  turn.event({
    kind: "label.found",
    label,
    token,
    account: accountId(account),
    version,
    card,
    agreed: first.logs,
  });
  found(result, turn);
}

/** The newest registration among the logs that agree on the account, and what each of them vouches for. */
export function foundBy(
  node: NodeState,
  agreed: readonly LogId[],
  outcomes: ReadonlyMap<LogId, Outcome>,
): Found | undefined {
  let newest: Registration | undefined;
  const vouches: Vouch[] = [];
  for (const id of agreed) {
    const outcome = outcomes.get(id);
    if (outcome?.kind !== "found") continue;
    const { head, registration } = outcome;
    vouches.push({ id, head, digest: node.suite.sha256(registrationBytes(registration)) });
    // By the account's own clock, since each log counts versions of its own.
    if (newest === undefined || registration.issued > newest.issued) newest = registration;
  }
  return newest === undefined ? undefined : { registration: newest, agreed, vouches };
}
