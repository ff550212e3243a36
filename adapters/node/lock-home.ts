import { type Home, HomeInUse } from "../home/index.ts";
import { StorageLocked, takeLock } from "../storage/index.ts";

/** Takes the home for this process; the function that is returned gives it back. Throws {@link HomeInUse}. */
export function lockHome({ path }: Home): () => void {
  try {
    return takeLock(path);
  } catch (failure) {
    if (!(failure instanceof StorageLocked)) throw failure;
    throw new HomeInUse(`${path} is in use by another chhaya, which does not answer: end it, or try again in a moment`);
  }
}
