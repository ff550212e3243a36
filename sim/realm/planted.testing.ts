// A thread that takes from the platform what it can before the realm is installed, then plays the plants that its data
// names, one after another.
import childProcess from "node:child_process";
import crypto, { type webcrypto } from "node:crypto";
import dgram from "node:dgram";
import dns from "node:dns";
import fs from "node:fs";
import http from "node:http";
import net from "node:net";
import v8 from "node:v8";
import vm from "node:vm";
import { parentPort, workerData, Worker } from "node:worker_threads";
import zlib from "node:zlib";
import { Stream } from "../kernel/index.ts";
import { Realm } from "./realm.ts";

/** What a library that was loaded before the realm would hold. */
export interface Early {
  readonly abortSignalTimeout: (ms: number) => AbortSignal;
  readonly Blob: typeof Blob;
  readonly BroadcastChannel: typeof BroadcastChannel;
  readonly MessageChannel: typeof MessageChannel;
  readonly Worker: typeof Worker;
  readonly childProcess: typeof childProcess;
  readonly crypto: typeof crypto;
  readonly dgram: typeof dgram;
  readonly dns: typeof dns;
  readonly fs: typeof fs;
  readonly gc: () => void;
  readonly http: typeof http;
  readonly net: typeof net;
  readonly setImmediate: typeof setImmediate;
  readonly setInterval: typeof setInterval;
  readonly setTimeout: typeof setTimeout;
  readonly subtle: Pick<webcrypto.SubtleCrypto, "digest" | "generateKey" | "sign">;
  readonly zlib: typeof zlib;
}

v8.setFlagsFromString("--expose-gc");

const { subtle } = globalThis.crypto;

const early: Early = {
  abortSignalTimeout: AbortSignal.timeout.bind(AbortSignal),
  Blob,
  BroadcastChannel,
  MessageChannel,
  Worker,
  childProcess: { ...childProcess },
  crypto: { ...crypto },
  dgram: { ...dgram },
  dns: { ...dns },
  fs: { ...fs, promises: { ...fs.promises } },
  gc: vm.runInNewContext("gc") as () => void,
  http: { ...http },
  net: { ...net },
  setImmediate,
  setInterval,
  setTimeout,
  subtle: {
    digest: subtle.digest.bind(subtle),
    generateKey: subtle.generateKey.bind(subtle),
    sign: subtle.sign.bind(subtle),
  },
  zlib: { ...zlib },
};

/** What became of one. */
export interface Outcome {
  readonly name: string;
  /** Undefined when the plant never came to an end. */
  readonly value: unknown;
  readonly failure: string | undefined;
  readonly breaches: readonly { readonly what: string; readonly stack: string }[];
}

const SECOND_MS = 1_000;

const realm = Realm.install();
const { plants } = await import("./plants.testing.ts");

function play(): void {
  const names = workerData as readonly string[];
  realm.begin(Stream.seeded(7));
  for (const name of names) {
    const plant = plants[name];
    if (plant === undefined) throw new RangeError(`no plant ${name}`);
    const before = realm.guards.breaches.length;
    let value: unknown;
    let failure: string | undefined;
    realm.kernel.after(0, () => {
      void (async () => plant(early))().then(
        (result) => (value = result),
        (reason: unknown) => (failure = String(reason)),
      );
    });
    realm.kernel.runUntil(realm.kernel.now + SECOND_MS);
    const breaches = realm.guards.breaches.slice(before).map(({ stack = "", what }) => ({ what, stack }));
    parentPort?.postMessage({ name, value, failure, breaches } satisfies Outcome);
  }
  process.exit();
}

// From an event of the real loop: in a promise's reaction, no other is run.
early.setImmediate(play);
