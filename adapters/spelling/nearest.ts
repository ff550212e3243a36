/** The longest word that is compared. */
const WORD_CHARS_MAX = 64;

/** The candidate that differs least from a mistyped word; undefined when none is near. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > WORD_CHARS_MAX) return undefined;
  let best: string | undefined;
  let least = Math.max(2, word.length / 3);
  for (const candidate of candidates) {
    if (candidate.length > WORD_CHARS_MAX) continue;
    const differing = distance(word, candidate);
    if (differing > least || (best !== undefined && differing === least)) continue;
    [best, least] = [candidate, differing];
  }
  return best;
}

/** Levenshtein distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substituted = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substituted, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
