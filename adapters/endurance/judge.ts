/** One of the two whose processes are killed. */
export type Side = "alice" | "bob";
export const SIDES: readonly Side[] = ["alice", "bob"];

/** What one told its node to send to the other. Bodies differ, so a digest names a message. */
export interface Said {
  readonly from: Side;
  readonly digest: string;
  /** Its node called it durable. One that it did not may arrive or not. */
  acknowledged: boolean;
}

/** A row of a history, its body as the digest. */
export interface Row {
  readonly row: number;
  readonly direction: "in" | "out";
  /** The account. */
  readonly contact: string;
  readonly digest: string;
  readonly state: string;
  readonly provisional: boolean;
}

export interface Member {
  readonly account: string;
  readonly rows: readonly Row[];
}

/** How often each demand was not met; none of them in a run that is in order. */
export interface Faults {
  /** Acknowledged, and not in the history of whom it was for. */
  readonly lost: number;
  /** In a history more than once. */
  readonly doubled: number;
  /** In a history and never said: altered, or made up. */
  readonly unsaid: number;
  /** Said, but not by the contact that the history has it from, or not to this one. */
  readonly misattributed: number;
  /** Rows that do not open any more. */
  readonly damaged: number;
  /** Neither delivered, as its sender has it, nor vouched for, as its receiver has it. */
  readonly unsettled: number;
}

/** `isOver`: everything has had the time to arrive. */
export function judge(said: readonly Said[], members: Readonly<Record<Side, Member>>, isOver: boolean): Faults {
  const authors = new Map(said.map(({ digest, from }) => [digest, from]));
  const faults = { lost: 0, doubled: 0, unsaid: 0, misattributed: 0, damaged: 0, unsettled: 0 };
  const heard = new Set<string>();
  for (const side of SIDES) {
    const other = side === "alice" ? "bob" : "alice";
    const seen = new Set<string>();
    for (const { contact, digest, direction, provisional, state } of members[side].rows) {
      const author = direction === "in" ? other : side;
      if (state === "damaged") faults.damaged++;
      else if (!authors.has(digest)) faults.unsaid++;
      else if (authors.get(digest) !== author || contact !== members[other].account) faults.misattributed++;
      else if (seen.has(digest)) faults.doubled++;
      else if (isOver && (direction === "in" ? provisional : state !== "delivered")) faults.unsettled++;
      seen.add(digest);
      if (direction === "in") heard.add(digest);
    }
  }
  if (isOver) faults.lost = said.filter(({ acknowledged, digest }) => acknowledged && !heard.has(digest)).length;
  return faults;
}

/** Rows that a history once had and no longer has, or has otherwise; what became of a sent message may go on. */
export function forgotten(before: readonly Row[], after: readonly Row[]): number {
  const now = new Map(after.map((row) => [row.row, row]));
  const isSame = (row: Row): boolean => {
    const found = now.get(row.row);
    return found?.digest === row.digest && found.contact === row.contact && found.direction === row.direction;
  };
  return before.filter((row) => !isSame(row)).length;
}
