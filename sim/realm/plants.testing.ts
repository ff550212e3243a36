// Uses of what a deterministic world does not control, as libraries would have them, each by its name. Loaded after the
// realm is installed.
import { exec } from "node:child_process";
import cluster from "node:cluster";
import crypto, { getRandomValues } from "node:crypto";
import dgram from "node:dgram";
import dns from "node:dns";
import fs, { readFileSync } from "node:fs";
import fsPromises from "node:fs/promises";
import http from "node:http";
import http2 from "node:http2";
import https from "node:https";
import { createRequire } from "node:module";
import net from "node:net";
import os from "node:os";
import { PerformanceObserver } from "node:perf_hooks";
import readline from "node:readline";
import tls from "node:tls";
import tty from "node:tty";
import util, { promisify } from "node:util";
import v8 from "node:v8";
import vm from "node:vm";
import { threadId, Worker } from "node:worker_threads";
import zlib from "node:zlib";
import type { Early } from "./planted.testing.ts";

type Plant = (early: Early) => unknown;

/** Node 26. */
const debounce = Reflect.get(util, "debounce") as ((run: () => void, ms: number) => unknown) | undefined;

const require = createRequire(import.meta.url);

const ED25519_KEY = crypto.createPrivateKey({
  key: Buffer.from(`302e020100300506032b657004220420${"9d".repeat(32)}`, "hex"),
  format: "der",
  type: "pkcs8",
});
const WEB_KEY = ED25519_KEY.toCryptoKey("Ed25519", false, ["sign"]);
const EC_KEY = crypto.createPrivateKey({
  key: Buffer.from(
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgPMpLkfbzOet+8OSvGeSdNFMnvPpgbzbNKL8YVHhAO0WhRANCAAT7vcVyMKdBXERG" +
      "AICYEFTkUETsqY2TXDlt6atE9W/gGHSijxbBZChH59I6yFSG4ebU3u9NMisIA4lh0V7SxVbx",
    "base64",
  ),
  format: "der",
  type: "pkcs8",
});
const DATA = Buffer.alloc(4, "data");
const nothing = (): void => {};

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const called = <T>(begin: (done: (failure: Error | null, value: T) => void) => void): Promise<T> =>
  new Promise((resolve, reject) =>
    begin((failure, value) => (failure === null || failure === undefined ? resolve(value) : reject(failure))),
  );
/** Of a global or a module's function that not every supported Node has, or that has no type yet. */
const call = (object: object, name: string, ...values: unknown[]): unknown =>
  (Reflect.get(object, name) as (...values: unknown[]) => unknown).apply(object, values);
const make = (type: unknown, ...values: unknown[]): object =>
  new (type as new (...values: unknown[]) => object)(...values);

/** What they give is a value of the world. */
const virtual: Readonly<Record<string, Plant>> = {
  date: () => {
    const date = new Date();
    const again = new (date.constructor as DateConstructor)();
    return [Date.now(), date.getTime(), again.getTime(), Date().slice(0, 24), date instanceof Date];
  },
  localTime: () => {
    const date = new Date(2026, 0, 2, 3, 4, 5);
    const set = new Date(0);
    set.setHours(7);
    return [
      ...[date.toISOString(), date.getHours(), date.getTimezoneOffset(), String(date), set.getTime()],
      ...[new Date("2026-01-02T03:04:05").getTime(), Date.parse("2026-01-02T03:04"), date.toLocaleString()],
      Intl.DateTimeFormat().resolvedOptions().timeZone,
    ];
  },
  temporal: () => {
    const temporal = Reflect.get(globalThis, "Temporal") as { readonly Now: object } | undefined;
    if (temporal === undefined) return "absent";
    const names = ["instant", "timeZoneId", "zonedDateTimeISO", "plainDateTimeISO", "plainDateISO", "plainTimeISO"];
    return names.map((name) => String(call(temporal.Now, name)));
  },
  clocks: () => [
    ...[performance.now(), performance.timeOrigin, new Event("x").timeStamp, process.uptime()],
    ...[process.hrtime(), process.hrtime([1, 1]), process.hrtime.bigint(), performance.nodeTiming],
  ],
  abortSignalTimeout: async () => {
    const signal = AbortSignal.timeout(250);
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    return [performance.now() % 1_000, (signal.reason as Error).name];
  },
  promisified: async () => {
    await promisify(setTimeout)(40);
    return [performance.now() % 1_000, await promisify(setImmediate)("value")];
  },
  mathRandom: () => [Math.random(), Math.random()],
  webRandom: () => [hex(globalThis.crypto.getRandomValues(new Uint8Array(8))), globalThis.crypto.randomUUID()],
  nodeRandom: async (early) => [
    hex(crypto.randomBytes(8)),
    hex(await called<Uint8Array>((done) => crypto.randomBytes(8, done))),
    hex(crypto.randomFillSync(new Uint8Array(8), 4)),
    hex(await called<Uint8Array>((done) => crypto.randomFill(new Uint8Array(4), done))),
    crypto.randomInt(1_000),
    await called<number>((done) => crypto.randomInt(5, 1_000, done)),
    crypto.randomUUID(),
    hex(getRandomValues(new Uint8Array(4))),
    hex(crypto.pseudoRandomBytes(4)),
    hex(early.crypto.webcrypto.getRandomValues(new Uint8Array(4))),
  ],
  keyPairs: () =>
    (["x25519", "ed25519"] as const).map((type) => {
      const { privateKey } = crypto.generateKeyPairSync(type as "x25519");
      return privateKey.export({ format: "jwk" }).d;
    }),
  shuffle: () => {
    const numbers = Array.from({ length: 24 }, (_, i) => i);
    const atRandom = (): number => Math.random() - 0.5;
    return [numbers.toSorted(atRandom).join(" "), Uint8Array.from(numbers).sort(atRandom).join(" ")];
  },
  locale: () => [
    ...[
      "I".toLocaleLowerCase(),
      (1234.5).toLocaleString(),
      ["b", "a", "B", "ä"].sort((a, b) => a.localeCompare(b)).join(""),
    ],
    ...[Intl.Collator().resolvedOptions().locale, new Intl.NumberFormat().resolvedOptions().locale],
  ],
  machine: () => [
    ...[os.hostname(), os.cpus().length, os.networkInterfaces(), os.loadavg(), os.freemem(), os.totalmem()],
    ...[os.uptime() === process.uptime(), os.userInfo().username, os.homedir(), os.release()],
    ...[navigator.hardwareConcurrency, navigator.userAgent, navigator.language],
  ],
  process: () => [
    ...[process.pid, process.ppid, process.cwd(), Object.keys(process.env), process.memoryUsage().rss],
    ...[process.memoryUsage.rss(), process.cpuUsage().user, threadId, tty.isatty(1), Error.stackTraceLimit],
  ],
  storage: () => [typeof localStorage, typeof sessionStorage],
  weakRef: async (early) => {
    const reference = new WeakRef(Array.from({ length: 10 }));
    await Promise.resolve();
    await new Promise((resolve) => setTimeout(resolve, 10));
    early.gc();
    return reference.deref()?.length;
  },
  allocUnsafe: () => {
    const bytes = Buffer.allocUnsafe(8);
    // What comes next out of the same pool.
    new Uint8Array(bytes.buffer, bytes.byteOffset + bytes.length).fill(0xff);
    return [hex(Buffer.allocUnsafe(8)), hex(Buffer.allocUnsafeSlow(8))];
  },
  broadcastChannel: async () => {
    const [one, two, other] = [new BroadcastChannel("a"), new BroadcastChannel("a"), new BroadcastChannel("b")];
    const heard: unknown[] = [];
    one.onmessage = ({ data }: MessageEvent) => heard.push("echo", data);
    two.onmessage = ({ data }: MessageEvent) => heard.push(data);
    other.onmessage = ({ data }: MessageEvent) => heard.push("other", data);
    one.postMessage({ n: 1 });
    await new Promise((resolve) => setTimeout(resolve, 5));
    two.close();
    one.postMessage({ n: 2 });
    await new Promise((resolve) => setTimeout(resolve, 5));
    return heard;
  },
  signature: () => crypto.sign(null, DATA, ED25519_KEY).toString("hex"),
  importOfNodes: async () => typeof (await import("node:path")).join,
  signals: () => process.on("SIGTERM", nothing).listenerCount("SIGTERM"),
  arithmetic: () =>
    [Math.exp(1.5), Math.log2(10), Math.pow(1.1, 0.3), Math.sin(1e5), Math.cbrt(7)].map((value) =>
      hex(new Uint8Array(Float64Array.of(value).buffer)),
    ),
  /** Harmless, though the thread pool has a part of the same kind. */
  computed: (early) => [
    hex(new Uint8Array(early.crypto.hkdfSync("sha256", DATA, DATA, DATA, 4))),
    early.crypto.hash("sha256", "data").slice(0, 8),
    early.crypto.verify(null, DATA, ED25519_KEY, early.crypto.sign(null, DATA, ED25519_KEY)),
  ],
};

/** Taken from the platform after the realm was installed: they are refused. */
const refused: Readonly<Record<string, Plant>> = {
  "fs.readFileSync": () => readFileSync("/etc/hostname"),
  "fs.readFile": () => fs.readFile("/etc/hostname", nothing),
  "fs/promises.readFile": () => fsPromises.readFile("/etc/hostname"),
  "fs.exists": () => promisify(fs.exists)("/etc/hostname"),
  "fs.watch": () => fs.watch("/"),
  "fs.ReadStream": () => make(fs.ReadStream, "/etc/hostname"),
  "net.connect": () => net.connect(1),
  "net.Socket.connect": () => new net.Socket().connect(1),
  "net.Server.listen": () => new net.Server().listen(0),
  "tls.connect": () => tls.connect(1),
  "http.get": () => http.get("http://127.0.0.1:1"),
  "https.request": () => https.request("https://127.0.0.1:1"),
  "http2.connect": () => http2.connect("http://127.0.0.1:1"),
  "dgram.createSocket": () => dgram.createSocket("udp4"),
  "dns.lookup": () => dns.lookup("localhost", nothing),
  "dns/promises.resolve4": () => dns.promises.resolve4("localhost"),
  "dns.Resolver.resolve4": () => new dns.Resolver().resolve4("localhost", nothing),
  "child_process.exec": () => promisify(exec)("true"),
  "cluster.fork": () => cluster.fork(),
  "worker_threads.Worker": () => new Worker("", { eval: true }),
  "readline.createInterface": () => readline.createInterface(process.stdin),
  "LockManager.request": () => call(Reflect.get(navigator, "locks") as object, "request", "x", nothing),
  MessageChannel: () => new MessageChannel(),
  fetch: () => fetch("http://127.0.0.1:1"),
  WebSocket: () => new WebSocket("ws://127.0.0.1:1"),
  CompressionStream: () => new CompressionStream("gzip"),
  PerformanceObserver: () => new globalThis.PerformanceObserver(nothing),
  "perf_hooks.PerformanceObserver": () => new PerformanceObserver(nothing),
  "performance.mark": () => performance.mark("x"),
  "performance.eventLoopUtilization": () => performance.eventLoopUtilization(),
  "zlib.gzip": () => zlib.gzip(DATA, nothing),
  "zlib.gzipSync": () => zlib.gzipSync(DATA),
  "zlib.Gzip": () => make(zlib.Gzip),
  "crypto.subtle.digest": () => globalThis.crypto.subtle.digest("SHA-256", DATA),
  "crypto.subtle.generateKey": () => crypto.webcrypto.subtle.generateKey({ name: "Ed25519" }, false, ["sign"]),
  "crypto.pbkdf2": () => crypto.pbkdf2("p", "s", 1, 8, "sha256", nothing),
  "crypto.scrypt": () => crypto.scrypt("p", "s", 8, nothing),
  "crypto.hkdf": () => crypto.hkdf("sha256", DATA, DATA, DATA, 8, nothing),
  "crypto.generateKeyPair": () => promisify(crypto.generateKeyPair)("ed25519"),
  'generateKeyPairSync("rsa")': () => crypto.generateKeyPairSync("rsa", { modulusLength: 2048 }),
  "crypto.generateKeySync": () => crypto.generateKeySync("hmac", { length: 64 }),
  "crypto.generatePrime": () => crypto.generatePrime(32, nothing),
  "crypto.generatePrimeSync": () => crypto.generatePrimeSync(32),
  "crypto.createECDH": () => crypto.createECDH("secp256k1").generateKeys(),
  "crypto.createDiffieHellman": () => crypto.createDiffieHellman(32),
  "crypto.createSign": () => crypto.createSign("sha256"),
  "crypto.sign with ec": () => crypto.sign("sha256", DATA, EC_KEY),
  "crypto.sign(…, callback)": () => crypto.sign(null, DATA, ED25519_KEY, nothing),
  "crypto.verify(…, callback)": () => crypto.verify(null, DATA, ED25519_KEY, DATA, nothing),
  "crypto.publicEncrypt": () => crypto.publicEncrypt(crypto.createPublicKey(EC_KEY), DATA),
  "crypto.encapsulate": () => call(crypto, "encapsulate", crypto.createPublicKey(EC_KEY)),
  "Blob.text": () => new Blob(["x"]).text(),
  "URL.createObjectURL": () => URL.createObjectURL(new Blob(["x"])),
  "WebAssembly.compile": () => call(Reflect.get(globalThis, "WebAssembly") as object, "compile", new Uint8Array()),
  "Atomics.wait": () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1),
  ...(debounce === undefined ? {} : { "util.debounce": () => debounce(nothing, 1) }),
  "vm.runInNewContext": () => vm.runInNewContext("Date.now()"),
  "vm.Script.runInNewContext": () => new vm.Script("Date.now()").runInNewContext(),
  "v8.getHeapStatistics": () => v8.getHeapStatistics(),
  "process.kill": () => process.kill(process.pid, 0),
  "process.binding": () => call(process, "binding", "fs"),
  "process.report.getReport": () => process.report?.getReport(),
  'getBuiltinModule("node:repl")': () => process.getBuiltinModule("node:repl"),
  "import of node:repl": () => import("node:repl"),
  "import of ../disk/index.ts": () => import("../disk/index.ts"),
  "import of ../kernel/index.ts": () => import("../kernel/index.ts"),
  "import of node:repl by require": () => require("node:repl"),
};

/** Taken before the realm was installed: none can be refused, all are seen. */
const takenEarly: Readonly<Record<string, Plant>> = {
  Timeout: (early) => void early.setTimeout(nothing, 1),
  "Timeout of an interval": (early) => void early.setInterval(nothing, 1_000),
  "Timeout of AbortSignal.timeout": (early) => void early.abortSignalTimeout(1).aborted,
  Immediate: (early) => void early.setImmediate(nothing),
  FSREQCALLBACK: (early) => void early.fs.stat("/", nothing),
  FSREQPROMISE: (early) => void early.fs.promises.stat("/").catch(nothing),
  GETADDRINFOREQWRAP: (early) => void early.dns.lookup("localhost", nothing),
  TCPWRAP: (early) => void early.net.createServer().listen(0),
  UDPWRAP: (early) => void early.dgram.createSocket("udp4"),
  HTTPCLIENTREQUEST: (early) => void early.http.get("http://127.0.0.1:1").on("error", nothing),
  PROCESSWRAP: (early) => void early.childProcess.spawn("true"),
  WORKER: (early) => void new early.Worker("", { eval: true }),
  MESSAGEPORT: (early) => void new early.MessageChannel(),
  "MESSAGEPORT of BroadcastChannel": (early) => void new early.BroadcastChannel("x"),
  BLOBREADER: (early) => void new early.Blob(["x"]).text(),
  ZLIB: (early) => void early.zlib.gzip(DATA, nothing),
  RANDOMBYTESREQUEST: (early) => void early.crypto.randomBytes(8, nothing),
  "RANDOMBYTESREQUEST at once": (early) => void early.crypto.randomBytes(8),
  PBKDF2REQUEST: (early) => void early.crypto.pbkdf2("p", "s", 1, 8, "sha256", nothing),
  SCRYPTREQUEST: (early) => void early.crypto.scrypt("p", "s", 8, nothing),
  DERIVEBITSREQUEST: (early) => void early.crypto.hkdf("sha256", DATA, DATA, DATA, 8, nothing),
  KEYPAIRGENREQUEST: (early) => void early.crypto.generateKeyPair("ed25519", {}, nothing),
  "KEYPAIRGENREQUEST at once": (early) => void early.crypto.generateKeyPairSync("ed25519"),
  SIGNREQUEST: (early) => void early.crypto.sign(null, DATA, ED25519_KEY, nothing),
  HASHREQUEST: (early) => void early.subtle.digest("SHA-256", DATA),
  "SIGNREQUEST of subtle": (early) => void early.subtle.sign("Ed25519", WEB_KEY, DATA),
  "KEYPAIRGENREQUEST of subtle": (early) =>
    void early.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]),
  /** Whichever job ends first would decide. */
  "PBKDF2REQUEST in a race": (early) =>
    void Promise.race(
      [1, 2].map((i) => called<Buffer>((done) => early.crypto.pbkdf2("p", `${i}`, 1_000, 8, "sha256", done))),
    ),
};

export const plants: Readonly<Record<string, Plant>> = { ...virtual, ...refused, ...takenEarly };

export const plantNames: Readonly<Record<"virtual" | "refused" | "takenEarly", readonly string[]>> = {
  virtual: Object.keys(virtual),
  refused: Object.keys(refused),
  takenEarly: Object.keys(takenEarly),
};
