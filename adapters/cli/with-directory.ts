import { asDamage, type DirectoryFolder } from "../directory/index.ts";

/** Closes the folder after the action, and says of what cannot be read that it is damaged. */
export async function withDirectory<T>(
  folder: DirectoryFolder,
  action: (folder: DirectoryFolder) => T | Promise<T>,
): Promise<T> {
  try {
    return await action(folder);
  } catch (failure) {
    throw asDamage(folder.path, failure);
  } finally {
    await folder.close();
  }
}
