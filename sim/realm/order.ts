type Compare<T> = (a: T, b: T) => number;

/** Up to here, inserting one by one is faster than merging. */
const INSERTED_MAX = 10;

function insertionSort<T>(list: T[], compare: Compare<T>): void {
  for (let i = 1; i < list.length; i++) {
    const value = list[i] as T;
    let to = i;
    for (; to > 0 && compare(list[to - 1] as T, value) > 0; to--) list[to] = list[to - 1] as T;
    list[to] = value;
  }
}

/** Bottom up, from `list` and back into it. */
function mergeSort<T>(list: T[], compare: Compare<T>): void {
  let from = list;
  let to = list.slice();
  for (let width = 1; width < list.length; width *= 2) {
    for (let start = 0; start < list.length; start += 2 * width) {
      const middle = Math.min(start + width, list.length);
      const end = Math.min(start + 2 * width, list.length);
      let left = start;
      let right = middle;
      for (let i = start; i < end; i++) {
        const takesLeft = left < middle && (right >= end || !(compare(from[left] as T, from[right] as T) > 0));
        to[i] = from[takesLeft ? left++ : right++] as T;
      }
    }
    [from, to] = [to, from];
  }
  if (from !== list) for (let i = 0; i < list.length; i++) list[i] = from[i] as T;
}

function sorted<T>(list: T[], compare: Compare<T>): T[] {
  if (list.length <= INSERTED_MAX) insertionSort(list, compare);
  else mergeSort(list, compare);
  return list;
}

interface Sorts {
  readonly sort: (compare?: Compare<unknown>) => unknown;
  readonly toSorted: (compare?: Compare<unknown>) => unknown;
}

/**
 * Stable sorts that compare in an order of their own. With a consistent comparison any stable sort gives the same;
 * libraries shuffle by comparing at random, and then the engine's version of the algorithm decides. Without a function to
 * compare by, or with a wrong one, it is the engine's. Undefined and then holes go last, uncompared (ECMA-262,
 * SortIndexedProperties and SortCompare).
 */
export function pinnedSorts({ sort, toSorted }: Sorts): Sorts {
  return {
    sort: function (this: unknown[], compare) {
      if (typeof compare !== "function") return Reflect.apply(sort, this, [compare]);
      const { length } = this;
      const values: unknown[] = [];
      let present = 0;
      for (let i = 0; i < length; i++) {
        const value = this[i];
        if (value !== undefined) values.push(value);
        if (value !== undefined || i in this) present++;
      }
      sorted(values, compare);
      for (let i = 0; i < values.length; i++) this[i] = values[i];
      for (let i = values.length; i < present; i++) this[i] = undefined;
      for (let i = present; i < length; i++) Reflect.deleteProperty(this, i);
      return this;
    },
    toSorted: function (this: unknown[], compare) {
      if (typeof compare !== "function") return Reflect.apply(toSorted, this, [compare]);
      const values = Array.from(this);
      const defined = values.filter((value) => value !== undefined);
      return sorted(defined, compare).concat(new Array(values.length - defined.length).fill(undefined));
    },
  };
}

type Numbers = Uint8Array;

/** Of typed arrays, which hold numbers only. */
export function pinnedNumberSorts({ sort, toSorted }: Sorts): Sorts {
  return {
    sort: function (this: Numbers, compare) {
      if (typeof compare !== "function") return Reflect.apply(sort, this, [compare]);
      this.set(sorted(Array.from(this), compare));
      return this;
    },
    toSorted: function (this: Numbers, compare) {
      if (typeof compare !== "function") return Reflect.apply(toSorted, this, [compare]);
      const copy = this.slice();
      copy.set(sorted(Array.from(this), compare));
      return copy;
    },
  };
}
