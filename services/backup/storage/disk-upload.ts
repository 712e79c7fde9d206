import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, link, mkdir, open, rename, unlink } from "node:fs/promises";
import { join } from "node:path";
import { codeOf, diskError } from "./disk-errors.ts";
import { partialEnd, pathOf, rootAt, segmentsOf } from "./disk-path.ts";
import { type PendingObject, StoreError } from "./object-store.ts";

/** Backups are read by nobody but their owner. */
const [fileMode, folderMode] = [0o600, 0o700];
const { O_CREAT, O_EXCL, O_WRONLY, O_NOFOLLOW } = constants;

/** The key of the object that an unfinished file was to become, by its own path below the root. */
export const keyOfPartial = (path: string): string => path.replace(/\.[0-9a-f]{16}\.partial$/, "");

/**
 * An object that is written beside its place, brought to the disk whole, and only then given its name, which it takes
 * from nobody. A crash at any moment leaves a `.partial` file, and never half an object.
 */
export async function openFile(root: string, key: string, signal: AbortSignal): Promise<PendingObject> {
  const { file, partial, path, folder } = await begin(root, key);
  let state: "open" | "closed" | "gone" = "open";

  const close = async (): Promise<void> => {
    if (state !== "open") return;
    state = "closed";
    await file.close();
  };

  return {
    async write(chunk) {
      signal.throwIfAborted();
      if (state !== "open") throw new StoreError("failed", `${key} is not open`);
      try {
        for (let at = 0; at < chunk.length; ) at += (await file.write(chunk, at)).bytesWritten;
      } catch (error) {
        throw diskError(error, `write ${key}`);
      }
    },
    async commit() {
      signal.throwIfAborted();
      if (state !== "open") throw new StoreError("failed", `${key} is not open`);
      try {
        await file.sync();
        await close();
        await nameFile(partial, path);
        state = "gone";
        await syncFolder(folder);
      } catch (error) {
        throw codeOf(error) === "EEXIST" ? new StoreError("exists", `${key} exists`) : diskError(error, `put ${key}`);
      }
    },
    async abort() {
      try {
        await close();
        if (state === "closed") await unlink(partial);
      } catch (error) {
        if (codeOf(error) !== "ENOENT") throw diskError(error, `give up ${key}`);
      } finally {
        state = "gone";
      }
    },
  };
}

async function begin(root: string, key: string) {
  const name = `${segmentsOf(key).at(-1)}.${randomBytes(8).toString("hex")}${partialEnd}`;
  for (let tried = 1; ; tried++)
    try {
      await makeFolders(root, key);
      const { folder, path } = await pathOf(root, key);
      const partial = join(folder, name);
      const file: FileHandle = await open(partial, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW, fileMode);
      return { file, partial, path, folder };
    } catch (error) {
      const fault = diskError(error, `begin ${key}`);
      // Who removes the last object of a folder removes the folder, and may do so just now.
      if (fault.fault !== "not-found" || tried >= 5) throw fault;
    }
}

/** Makes the folders of a key, each brought to the disk before what is in it. */
async function makeFolders(root: string, key: string): Promise<void> {
  let folder = await rootAt(root);
  for (const name of segmentsOf(key).slice(0, -1)) {
    const inner = join(folder, name);
    const made = await mkdir(inner, { mode: folderMode }).then(
      () => true,
      (error: unknown) => {
        if (codeOf(error) === "EEXIST") return false;
        throw error;
      },
    );
    if (made) await syncFolder(folder);
    folder = inner;
  }
}

/** Names a file without taking the name from another: EEXIST when there is one. */
async function nameFile(partial: string, path: string): Promise<void> {
  try {
    await link(partial, path);
  } catch (error) {
    if (!["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"].includes(codeOf(error))) throw error;
    // A file system without hard links: an empty file takes the name, then the whole one takes its place.
    await (await open(path, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW, fileMode)).close();
    await rename(partial, path);
    return;
  }
  await unlink(partial);
}

/** Brings names to the disk: without it a crash may undo a rename that was long told as done. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } catch (error) {
    // Some file systems have no such thing for folders.
    if (!["EINVAL", "ENOTSUP"].includes(codeOf(error))) throw error;
  } finally {
    await handle.close();
  }
}
