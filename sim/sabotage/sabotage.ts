/** One replacement of source text; `find` must occur exactly once in the file. */
export interface Edit {
  /** Path from the project's root. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** A named weakening of the protocol, applied to its source as it is loaded. `core` itself has no switch for it. */
export interface Sabotage {
  readonly name: string;
  /** What is taken away, in one line. */
  readonly summary: string;
  readonly edits: readonly Edit[];
}

/** A sabotage that does not exist, or whose text no longer applies. */
export class SabotageMistake extends Error {
  override readonly name = "SabotageMistake";
}

/** The source with the edit applied. */
export function applyEdit(sabotage: string, { file, find, replace }: Edit, source: string): string {
  const parts = source.split(find);
  if (parts.length !== 2) {
    throw new SabotageMistake(
      `sabotage "${sabotage}" no longer applies to ${file}: its text occurs ${parts.length - 1} times (sabotages need the project's source)`,
    );
  }
  return parts.join(replace);
}
