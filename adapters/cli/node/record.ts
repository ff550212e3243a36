import type { NodeEnvironment, readConfig } from "../../node/index.ts";
import type { Recorder } from "../../recorder/index.ts";
import { UsageError } from "../usage.ts";

/** What is recorded, and who is told when that ends. */
interface Recorded extends Pick<NodeEnvironment, "version" | "log"> {
  readonly config: ReturnType<typeof readConfig>;
}

/** Makes the file of `chhaya node --record`, and says on standard error what it is going to hold. */
export async function recordTo(file: string, { config: { roles }, log, version }: Recorded): Promise<Recorder> {
  if (roles.mirror || roles.directory !== undefined) {
    throw new UsageError("--record is not for a mirror or a directory: what their index holds is no input");
  }
  const { Recorder } = await import("../../recorder/index.ts");
  const { failureFields } = await import("../../node/index.ts");
  const onEnd = (why: string, failure?: unknown): void => {
    log.write("warn", "the recording ends", { why, ...(failure === undefined ? {} : failureFields(failure)) });
  };
  try {
    const recorder = Recorder.create(file, { version, onEnd });
    process.stderr.write(`chhaya: ${file} will hold this account's keys and messages in clear: for test nets only\n`);
    return recorder;
  } catch (failure) {
    const code = failure instanceof Error && "code" in failure ? String(failure.code) : "unknown error";
    throw new UsageError(
      code === "EEXIST"
        ? `${file} is there already, and is not overwritten: remove it, or record to another file`
        : `cannot write ${file}: ${code}`,
    );
  }
}
