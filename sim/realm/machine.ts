import nodeOs from "node:os";
import nodeTty from "node:tty";
import type { Kernel } from "../kernel/index.ts";
import type { Guard } from "./gates.ts";
import type { Patches } from "./patches.ts";

const USER = { uid: 0, gid: 0, username: "realm", homedir: "/", shell: null };
const CPU = { model: "virtual", speed: 0, times: { user: 0, nice: 0, sys: 0, idle: 0, irq: 0 } };
const MEMORY = { rss: 0, heapTotal: 0, heapUsed: 0, external: 0, arrayBuffers: 0 };

function operatingSystem(kernel: Kernel): Readonly<Record<string, () => unknown>> {
  return {
    availableParallelism: () => 1,
    cpus: () => [structuredClone(CPU)],
    freemem: () => 0,
    getPriority: () => 0,
    homedir: () => USER.homedir,
    hostname: () => "realm",
    loadavg: () => [0, 0, 0],
    machine: () => "virtual",
    networkInterfaces: () => ({}),
    release: () => "0",
    tmpdir: () => "/tmp",
    totalmem: () => 0,
    uptime: () => kernel.elapsed / 1_000,
    userInfo: () => ({ ...USER }),
    version: () => "0",
  };
}

/** Of those that run: a machine that is never short of anything, and of which nothing can be measured. */
const PROCESS: Readonly<Record<string, () => unknown>> = {
  availableMemory: () => 0,
  constrainedMemory: () => 0,
  cpuUsage: () => ({ user: 0, system: 0 }),
  cwd: () => "/",
  memoryUsage: Object.assign(() => ({ ...MEMORY }), { rss: () => 0 }),
  resourceUsage: () => ({}),
  threadCpuUsage: () => ({ user: 0, system: 0 }),
};

/** The machine, its processor, its user and its terminal are none of the world's. */
export function replaceMachine(kernel: Kernel, guard: Guard, patches: Patches): void {
  for (const [name, value] of Object.entries(operatingSystem(kernel))) patches.put(nodeOs, name, value);
  // Whoever plays a run measures it before and after.
  for (const [name, value] of Object.entries(PROCESS)) {
    const real = Reflect.get(process, name) as (...values: unknown[]) => unknown;
    if (real === undefined) continue;
    const chosen = (...values: unknown[]): unknown => (guard.raised ? value() : Reflect.apply(real, process, values));
    patches.put(process, name, name === "memoryUsage" ? Object.assign(chosen, { rss: () => 0 }) : chosen);
  }
  patches.put(process, "env", {});
  patches.put(process, "pid", 1);
  patches.put(process, "ppid", 0);
  patches.put(nodeTty, "isatty", () => false);
  const { navigator } = globalThis;
  if (navigator !== undefined) {
    const prototype = Object.getPrototypeOf(navigator) as object;
    const told = {
      hardwareConcurrency: 1,
      language: "en-US",
      languages: ["en-US"],
      platform: "",
      userAgent: "Node.js",
    };
    for (const [name, value] of Object.entries(told)) patches.get(prototype, name, () => value);
  }
  // Stored in a file of the host, if at all.
  for (const name of ["localStorage", "sessionStorage"]) {
    if (Object.hasOwn(globalThis, name)) patches.get(globalThis, name, () => undefined);
  }
}
