import type { Chapter, Scene } from "./chronicle.ts";

/** What a run tells of itself: live or saved. Who stops reading ends the run. */
export type Telling = AsyncIterable<Chapter> | Iterable<Chapter>;

/** How two tellings of the same run compare. */
export interface Comparison {
  /** The first event that differs, from 0; undefined when none does. */
  readonly event: number | undefined;
  /** What was captured until then. */
  readonly scenes: readonly [Scene | undefined, Scene | undefined];
}

/** Reads a telling, one piece with fingerprints after another, and keeps the scene that it meets. */
class Reader {
  readonly #chapters: AsyncIterator<Chapter>;
  scene: Scene | undefined;

  constructor(telling: Telling) {
    this.#chapters = readAll(telling);
  }

  /** Undefined at the end, or when the scene has been told. */
  async prints(): Promise<Uint32Array | undefined> {
    for (;;) {
      const { done, value } = await this.#chapters.next();
      if (done === true) return undefined;
      if ("prints" in value) return value.prints;
      this.scene = value.scene;
      return undefined;
    }
  }

  async close(): Promise<void> {
    await this.#chapters.return?.();
  }
}

async function* readAll(telling: Telling): AsyncGenerator<Chapter> {
  yield* telling;
}

/** Where two pieces differ; undefined when they do not. */
function differenceOf(one: Uint32Array, two: Uint32Array): number | undefined {
  const shorter = Math.min(one.length, two.length);
  // Each covers all before it: the last is enough.
  if (one.length === two.length && one.at(-1) === two.at(-1)) return undefined;
  for (let i = 0; i < shorter; i++) if (one[i] !== two[i]) return i;
  return shorter;
}

/** Compares two runs while they go. Reading ends at the first difference, or when what was to be captured is. */
export async function compare(one: Telling, two: Telling): Promise<Comparison> {
  const readers = [new Reader(one), new Reader(two)] as const;
  const [first, second] = readers;
  try {
    for (let event = 0; ;) {
      const [a, b] = await Promise.all([first.prints(), second.prints()]);
      const scenes = async (): Promise<Comparison["scenes"]> => {
        // A difference may be in the last piece before the scene.
        if (a !== undefined && first.scene === undefined) await first.prints();
        if (b !== undefined && second.scene === undefined) await second.prints();
        return [first.scene, second.scene];
      };
      if (a === undefined && b === undefined) return { event: undefined, scenes: [first.scene, second.scene] };
      if (a === undefined || b === undefined) return { event, scenes: await scenes() };
      const difference = differenceOf(a, b);
      if (difference !== undefined) return { event: event + difference, scenes: await scenes() };
      event += a.length;
    }
  } finally {
    await Promise.all(readers.map((reader) => reader.close()));
  }
}
