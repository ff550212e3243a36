// What a run may use of Node. Whatever is not named here, and so whatever a later Node brings, is refused.

/** Everything in them is a function of its arguments and of what the realm controls. */
const PURE_MODULES: readonly string[] = [
  "assert",
  "assert/strict",
  "async_hooks",
  "console",
  "constants",
  "diagnostics_channel",
  "events",
  "module",
  "path",
  "path/posix",
  "path/win32",
  "process",
  "punycode",
  "querystring",
  "stream",
  "stream/consumers",
  "stream/promises",
  "stream/web",
  "string_decoder",
  "sys",
  "timers",
  "timers/promises",
  "url",
  "util/types",
];

/** Of the others, what is harmless or replaced by the realm. Data is never refused. */
export const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  buffer: ["Buffer", "Blob", "File", "transcode", "isUtf8", "isAscii", "btoa", "atob"],
  child_process: ["ChildProcess"],
  cluster: ["Worker"],
  crypto: [
    ...["createHash", "createHmac", "createMac", "createCipheriv", "createDecipheriv", "createVerify", "hash"],
    ...["createPrivateKey", "createPublicKey", "createSecretKey", "diffieHellman", "timingSafeEqual"],
    ...["getCiphers", "getCipherInfo", "getCurves", "getHashes", "getMacs", "getFips", "secureHeapUsed"],
    ...["argon2Sync", "hkdfSync", "pbkdf2Sync", "scryptSync", "privateDecrypt", "publicDecrypt", "decapsulate"],
    ...["Certificate", "Cipheriv", "Decipheriv", "Hash", "Hmac", "KeyObject", "Verify", "X509Certificate"],
    // Replaced.
    ...["getRandomValues", "randomBytes", "rng", "prng", "pseudoRandomBytes", "randomFill", "randomFillSync"],
    ...["randomInt", "randomUUID", "generateKeyPairSync", "sign", "verify"],
  ],
  dgram: [],
  dns: ["Resolver", "getDefaultResultOrder"],
  "dns/promises": ["Resolver", "getDefaultResultOrder"],
  fs: ["Stats", "Dirent"],
  "fs/promises": [],
  http: [
    ...["Agent", "IncomingMessage", "OutgoingMessage", "ServerResponse"],
    ...["CloseEvent", "MessageEvent", "validateHeaderName", "validateHeaderValue"],
  ],
  http2: [
    "Http2ServerRequest",
    "Http2ServerResponse",
    "getDefaultSettings",
    "getPackedSettings",
    "getUnpackedSettings",
  ],
  https: ["Agent"],
  // Without a connection, which is refused, they are only objects.
  net: [
    ...["BlockList", "SocketAddress", "Socket", "Stream", "Server", "isIP", "isIPv4", "isIPv6"],
    ...["getDefaultAutoSelectFamily", "getDefaultAutoSelectFamilyAttemptTimeout"],
  ],
  // Replaced, all but these.
  os: [],
  perf_hooks: [
    ...["Performance", "PerformanceEntry", "PerformanceMark", "PerformanceMeasure", "PerformanceObserverEntryList"],
    ...["PerformanceResourceTiming", "createHistogram"],
  ],
  readline: [],
  "readline/promises": [],
  tls: ["TLSSocket", "getCiphers", "checkServerIdentity", "rootCertificates"],
  // Replaced.
  tty: ["isatty"],
  util: [
    ...[
      "_extend",
      "aborted",
      "callbackify",
      "convertProcessSignalToExitCode",
      "debug",
      "debuglog",
      "deprecate",
      "diff",
    ],
    ...["format", "formatWithOptions", "getCallSites", "getSystemErrorMap", "getSystemErrorMessage"],
    ...["getSystemErrorName", "inherits", "inspect", "isArray", "isDeepStrictEqual", "markPromiseAsHandled"],
    ...["parseArgs", "parseEnv", "promisify", "stripVTControlCharacters", "styleText", "toUSVString"],
    ...["MIMEParams", "MIMEType", "TextDecoder", "TextEncoder", "_errnoException", "_exceptionWithHostPort"],
    ...["transferableAbortController", "transferableAbortSignal"],
  ],
  v8: [
    ...["serialize", "deserialize", "isStringOneByteRepresentation"],
    ...["Serializer", "Deserializer", "DefaultSerializer", "DefaultDeserializer"],
  ],
  // A context of its own would have a clock and randomness of its own.
  vm: ["Script", "createScript", "compileFunction", "isContext", "runInThisContext"],
  worker_threads: [
    ...["MessagePort", "BroadcastChannel", "getEnvironmentData", "setEnvironmentData", "markAsUncloneable"],
    ...["markAsUntransferable", "isMarkedAsUntransferable"],
  ],
  // What compresses does so as its version and the processor see fit.
  zlib: ["crc32"],
};

/** Of a prototype or another object: the functions that are refused. */
export interface Refused {
  readonly name: string;
  readonly object: () => object | undefined;
  /** Without it, all but the constructor. */
  readonly keys?: readonly string[];
}

function property(path: string): () => object | undefined {
  return () => {
    let value: unknown = globalThis;
    for (const key of path.split(".")) value = (value as Record<string, unknown> | undefined)?.[key];
    return value as object | undefined;
  };
}

function prototypeIn(module: string, name: string): () => object | undefined {
  return () => {
    const found = process.getBuiltinModule(module) as unknown as Record<string, { readonly prototype: object }>;
    return found[name]?.prototype;
  };
}

/** Methods lead to the platform even where their class was taken before it was guarded. */
export const REFUSED: readonly Refused[] = [
  {
    name: "globalThis",
    object: () => globalThis,
    keys: ["fetch", "WebSocket", "EventSource", "MessageChannel", "CompressionStream", "DecompressionStream"],
  },
  { name: "globalThis", object: () => globalThis, keys: ["PerformanceObserver"] },
  {
    name: "WebAssembly",
    object: property("WebAssembly"),
    keys: ["compile", "compileStreaming", "instantiate", "instantiateStreaming"],
  },
  { name: "Atomics", object: property("Atomics"), keys: ["wait", "waitAsync"] },
  { name: "URL", object: property("URL"), keys: ["createObjectURL"] },
  { name: "crypto.subtle", object: property("SubtleCrypto.prototype") },
  { name: "Blob", object: property("Blob.prototype"), keys: ["arrayBuffer", "bytes", "stream", "text"] },
  { name: "LockManager", object: () => prototypeOf(property("navigator.locks")()) },
  {
    name: "performance",
    object: property("Performance.prototype"),
    keys: ["eventLoopUtilization", "mark", "markResourceTiming", "measure", "timerify", "toJSON"],
  },
  {
    name: "process",
    object: () => process,
    keys: [
      ...["_debugEnd", "_debugProcess", "_getActiveHandles", "_getActiveRequests", "_kill", "_linkedBinding"],
      ...["_startProfilerIdleNotifier", "_stopProfilerIdleNotifier", "abort", "binding", "chdir", "dlopen", "execve"],
      ...["getActiveResourcesInfo", "getegid", "geteuid", "getgid", "getgroups", "getuid", "initgroups", "kill"],
      ...["loadEnvFile", "openStdin", "setegid", "seteuid", "setgid", "setgroups", "setuid", "umask"],
    ],
  },
  { name: "process.report", object: () => process.report, keys: ["getReport", "writeReport"] },
  { name: "async_hooks", object: () => process.getBuiltinModule("async_hooks"), keys: ["executionAsyncId"] },
  { name: "async_hooks", object: () => process.getBuiltinModule("async_hooks"), keys: ["triggerAsyncId"] },
  { name: "ChildProcess", object: prototypeIn("child_process", "ChildProcess"), keys: ["spawn"] },
  { name: "dgram.Socket", object: prototypeIn("dgram", "Socket"), keys: ["bind", "connect", "send"] },
  { name: "dns.Resolver", object: () => prototypeOf(prototypeIn("dns", "Resolver")()) },
  { name: "dns.Resolver", object: prototypeIn("dns", "Resolver") },
  { name: "dns/promises.Resolver", object: prototypeIn("dns/promises", "Resolver") },
  { name: "net.Socket", object: prototypeIn("net", "Socket"), keys: ["connect"] },
  { name: "net.Server", object: prototypeIn("net", "Server"), keys: ["listen"] },
  { name: "vm.Script", object: prototypeIn("vm", "Script"), keys: ["runInContext", "runInNewContext"] },
];

function prototypeOf(object: object | undefined): object | undefined {
  const prototype: unknown = object === undefined ? undefined : Object.getPrototypeOf(object);
  return prototype === Object.prototype || prototype === null ? undefined : (prototype as object | undefined);
}

/** Whether a run may load a module of Node's: no other was looked through. */
export function isKnownModule(name: string): boolean {
  return PURE_MODULES.includes(name) || name in ALLOWED;
}
