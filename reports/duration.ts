/**
 * A span of time in at most two units: `412 ms`, `3.25 s`, `4 min 5 s`, `2 h 5 min`, `3 d 4 h`.
 *
 * The HTML report embeds this function's source: it must refer to nothing outside itself.
 */
export function duration(ms: number): string {
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_995) return `${Number((ms / 1000).toFixed(2))} s`;
  const pair = (total: number, big: string, small: string, ratio: number): string => {
    const rest = total % ratio;
    return `${Math.floor(total / ratio)} ${big}${rest === 0 ? "" : ` ${rest} ${small}`}`;
  };
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return pair(seconds, "min", "s", 60);
  const minutes = Math.round(seconds / 60);
  if (minutes < 1440) return pair(minutes, "h", "min", 60);
  return pair(Math.round(minutes / 60), "d", "h", 24);
}

/**
 * The same in one unit, to three digits, for narrow columns: `412 ms`, `3.25 s`, `4.08 min`, `2.08 h`.
 *
 * The HTML report embeds this function's source: it must refer to nothing outside itself.
 */
export function briefDuration(ms: number): string {
  const digits = (value: number): string => String(Number(value.toPrecision(3)));
  if (ms < 1000) return `${digits(ms)} ms`;
  if (ms < 60_000) return `${digits(ms / 1000)} s`;
  if (ms < 3_600_000) return `${digits(ms / 60_000)} min`;
  return ms < 86_400_000 ? `${digits(ms / 3_600_000)} h` : `${digits(ms / 86_400_000)} d`;
}

/**
 * A moment of virtual time to the millisecond: `0:01.250`, `1:02:03.004`, `2d 01:02:03.004`.
 *
 * The HTML report embeds this function's source: it must refer to nothing outside itself.
 */
export function clock(ms: number): string {
  const whole = Math.max(0, Math.floor(ms));
  const two = (n: number): string => String(n).padStart(2, "0");
  const days = Math.floor(whole / 86_400_000);
  const hours = Math.floor(whole / 3_600_000) % 24;
  const minutes = Math.floor(whole / 60_000) % 60;
  const tail = `${two(Math.floor(whole / 1000) % 60)}.${String(whole % 1000).padStart(3, "0")}`;
  if (days > 0) return `${days}d ${two(hours)}:${two(minutes)}:${tail}`;
  return hours > 0 ? `${hours}:${two(minutes)}:${tail}` : `${minutes}:${tail}`;
}
