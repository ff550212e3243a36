import { EPOCH_MS, type Kernel } from "../kernel/index.ts";
import { zoned } from "./locale.ts";
import type { Patches } from "./patches.ts";

const NS_PER_MS = 1_000_000;

/** The class `Date`, which takes the present from a kernel and local time from Greenwich. */
function virtualDate(kernel: Kernel, RealDate: DateConstructor): DateConstructor {
  const parse = (text: string): number => RealDate.parse(zoned(text));
  function VirtualDate(this: unknown, ...values: unknown[]): Date | string {
    if (new.target === undefined) return new RealDate(kernel.now).toString();
    const [first = undefined] = values;
    let parts = values;
    if (values.length === 0) parts = [kernel.now];
    else if (values.length > 1) parts = [RealDate.UTC(...(values as [number]))];
    else if (typeof first === "string") parts = [parse(first)];
    return Reflect.construct(RealDate, parts, new.target) as Date;
  }
  const attributes = { writable: true, configurable: true, enumerable: false };
  return Object.defineProperties(VirtualDate, {
    ...Object.getOwnPropertyDescriptors(RealDate),
    now: { value: () => kernel.now, ...attributes },
    parse: { value: parse, ...attributes },
  }) as unknown as DateConstructor;
}

/** `process.hrtime`: seconds and nanoseconds since the run began, or since `before`. */
function virtualHrtime(kernel: Kernel): NodeJS.HRTime {
  const bigint = (): bigint => BigInt(Math.round(kernel.elapsed * NS_PER_MS));
  const hrtime = (before: [number, number] = [0, 0]): [number, number] => {
    const ns = bigint() - BigInt(before[0]) * 1_000_000_000n - BigInt(before[1]);
    const seconds = ns / 1_000_000_000n;
    return [Number(seconds), Number(ns - seconds * 1_000_000_000n)];
  };
  return Object.assign(hrtime, { bigint });
}

/** What `AbortSignal.timeout` is native for, and so beyond the reach of a replaced `setTimeout`. */
function virtualTimeout(kernel: Kernel): (ms: number) => AbortSignal {
  return (ms) => {
    if (!Number.isSafeInteger(ms) || ms < 0) throw new RangeError(`The value of "delay" is out of range: ${ms}`);
    const controller = new AbortController();
    kernel.after(Math.max(ms, 1), () =>
      controller.abort(new DOMException("The operation was aborted due to timeout", "TimeoutError")),
    );
    return controller.signal;
  };
}

/** Of `Temporal` (Node 26), as much as the present needs. */
interface TemporalApi {
  readonly Now: object;
  readonly Instant: { fromEpochMilliseconds(ms: number): { toZonedDateTimeISO(zone: unknown): Zoned } };
}

interface Zoned {
  toPlainDateTime(): unknown;
  toPlainDate(): unknown;
  toPlainTime(): unknown;
}

function replaceTemporal(kernel: Kernel, patches: Patches): void {
  const temporal = Reflect.get(globalThis, "Temporal") as TemporalApi | undefined;
  if (temporal === undefined) return;
  const { Instant, Now } = temporal;
  const instant = () => Instant.fromEpochMilliseconds(kernel.now);
  const zonedNow = (zone: unknown = "UTC"): Zoned => instant().toZonedDateTimeISO(zone);
  patches.put(Now, "instant", instant);
  patches.put(Now, "timeZoneId", () => "UTC");
  patches.put(Now, "zonedDateTimeISO", zonedNow);
  patches.put(Now, "plainDateTimeISO", (zone: unknown) => zonedNow(zone).toPlainDateTime());
  patches.put(Now, "plainDateISO", (zone: unknown) => zonedNow(zone).toPlainDate());
  patches.put(Now, "plainTimeISO", (zone: unknown) => zonedNow(zone).toPlainTime());
}

/** Every clock there is. */
export function replaceClocks(kernel: Kernel, patches: Patches): void {
  const RealDate = Date;
  const date = virtualDate(kernel, RealDate);
  patches.put(globalThis, "Date", date);
  patches.put(RealDate.prototype, "constructor", date);
  patches.put(Performance.prototype, "now", () => kernel.elapsed);
  patches.get(Performance.prototype, "timeOrigin", () => EPOCH_MS);
  patches.get(Performance.prototype, "nodeTiming", () => ({}));
  patches.get(Event.prototype, "timeStamp", () => kernel.elapsed);
  patches.put(process, "hrtime", virtualHrtime(kernel));
  patches.put(process, "uptime", () => kernel.elapsed / 1_000);
  patches.put(AbortSignal, "timeout", virtualTimeout(kernel));
  replaceTemporal(kernel, patches);
}
