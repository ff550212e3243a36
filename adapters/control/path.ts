import { createHash } from "node:crypto";
import { join, resolve } from "node:path";

/** Of a Unix socket's path: `sun_path` has 104 bytes on macOS, 108 on Linux, the last of them zero. */
export const CONTROL_PATH_BYTES_MAX = 103;

/** Where the node of a home listens for commands. */
export function controlPath(home: string): string {
  if (process.platform !== "win32") return join(resolve(home), "control.sock");
  const name = createHash("sha256").update(resolve(home).toLowerCase()).digest("hex").slice(0, 32);
  return `\\\\.\\pipe\\chhaya-${name}`;
}
