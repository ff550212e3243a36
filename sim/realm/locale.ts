import type { Patches } from "./patches.ts";

/** What a host that says nothing of its language and time zone is taken for. */
const LOCALE = "en-US";
const ZONE = "UTC";

/** ECMA-262, Date Time String Format: without an offset, a date with a time is local. */
const LOCAL_TIME = /^(?:\d{4}|[+-]\d{6})-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?$/u;

/** A moment in text, with the zone that it leaves open. */
export function zoned(text: string): string {
  return LOCAL_TIME.test(text) ? `${text}Z` : text;
}

type Method = (...values: unknown[]) => unknown;

/** "Thu Jan 01 2026" and "00:00:00 GMT+0000 (Coordinated Universal Time)". */
function parts(date: Date): readonly [day: string, time: string] {
  if (Number.isNaN(date.getTime())) return ["Invalid Date", "Invalid Date"];
  const [weekday, day, month, year, time] = date.toUTCString().replace(",", "").split(" ");
  return [`${weekday} ${month} ${day} ${year}`, `${time} GMT+0000 (Coordinated Universal Time)`];
}

function replaceDates(patches: Patches): void {
  const prototype = Date.prototype;
  const methods = prototype as unknown as Readonly<Record<string, Method>>;
  for (const name of Object.getOwnPropertyNames(prototype)) {
    const utc = methods[name.replace(/^(get|set)(?!UTC)/u, "$1UTC")];
    if (/^[gs]et/u.test(name) && utc !== undefined && utc !== methods[name]) patches.put(prototype, name, utc);
  }
  patches.put(prototype, "getTimezoneOffset", () => 0);
  patches.put(prototype, "toDateString", function (this: Date) {
    return parts(this)[0];
  });
  patches.put(prototype, "toTimeString", function (this: Date) {
    return parts(this)[1];
  });
  patches.put(prototype, "toString", function (this: Date) {
    return Number.isNaN(this.getTime()) ? "Invalid Date" : parts(this).join(" ");
  });
  for (const name of ["toLocaleString", "toLocaleDateString", "toLocaleTimeString"] as const) {
    const native = prototype[name] as Method;
    patches.put(prototype, name, function (this: Date, locales: unknown = LOCALE, options?: object) {
      return Reflect.apply(native, this, [locales, { timeZone: ZONE, ...options }]);
    });
  }
}

/** The `index`th argument, when there is none. */
function withLocale(native: Method, index: number): Method {
  return function (this: unknown, ...values) {
    values[index] ??= LOCALE;
    return Reflect.apply(native, this, values);
  };
}

/** Language and time zone are the host's business: nothing in a run depends on them. */
export function replaceLocale(patches: Patches): void {
  replaceDates(patches);
  // The engine has a short cut for this locale and no options, which a rest argument would forfeit.
  const { localeCompare } = String.prototype;
  patches.put(
    String.prototype,
    "localeCompare",
    function (this: string, that: string, locales?: string, options?: object) {
      return options === undefined
        ? Reflect.apply(localeCompare, this, [that, locales ?? LOCALE])
        : Reflect.apply(localeCompare, this, [that, locales ?? LOCALE, options]);
    },
  );
  const others: readonly (readonly [object, string])[] = [
    [String.prototype, "toLocaleUpperCase"],
    [String.prototype, "toLocaleLowerCase"],
    [Number.prototype, "toLocaleString"],
    [BigInt.prototype, "toLocaleString"],
    [Object.getPrototypeOf(Uint8Array.prototype) as object, "toLocaleString"],
    [Array.prototype, "toLocaleString"],
  ];
  for (const [object, name] of others) patches.put(object, name, withLocale(Reflect.get(object, name) as Method, 0));
  for (const name of Object.getOwnPropertyNames(Intl)) {
    const service = Reflect.get(Intl, name) as unknown;
    if (typeof service !== "function" || service.prototype === undefined) continue;
    const complete = ([locales = LOCALE, options, ...rest]: unknown[]): unknown[] => {
      const set = name === "DateTimeFormat" ? { timeZone: ZONE, ...(options as object | undefined) } : options;
      return set === undefined ? [locales] : [locales, set, ...rest];
    };
    const pinned: object = new Proxy(service, {
      apply: (target, self, values) => Reflect.apply(target, self, complete(values)) as unknown,
      construct: (target, values, newTarget) =>
        Reflect.construct(target, complete(values), newTarget === pinned ? target : newTarget) as object,
    });
    patches.put(Intl, name, pinned);
    patches.put(service.prototype as object, "constructor", pinned);
  }
}
