import { constants } from "node:fs";
import { access, lstat, open, readdir, rmdir, statfs, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { codeOf, diskError } from "./disk-errors.ts";
import { folderAt, partialEnd, pathOf, rootAt } from "./disk-path.ts";
import { keyOfPartial, openFile, syncFolder } from "./disk-upload.ts";
import { type PrunableStore, StoreError } from "./object-store.ts";

const { O_RDONLY, O_NOFOLLOW, R_OK, X_OK } = constants;

/** Bytes read at once. */
const chunkBytes = 1024 ** 2;

/** The store in a folder: a key is a path below it. */
export function diskStore(root: string, signal: AbortSignal): PrunableStore {
  const store: PrunableStore = {
    name: root,

    async reach() {
      await access(await rootAt(root), R_OK | X_OK).catch((error: unknown) => {
        throw diskError(error, `folder ${root}`);
      });
    },

    // Files are dated by the machine that has the disk: this one, or one whose clock it shares.
    clock: async () => new Date(),

    async freeBytes() {
      const { bavail, bsize } = await statfs(await rootAt(root)).catch((error: unknown) => {
        throw diskError(error, `folder ${root}`);
      });
      return bavail * bsize;
    },

    open: (key) => openFile(root, key, signal),

    async putNew(key, body) {
      const pending = await openFile(root, key, signal);
      try {
        await pending.write(body);
        await pending.commit();
      } catch (error) {
        await pending.abort().catch(() => undefined);
        throw error;
      }
    },

    async size(key) {
      try {
        const found = await lstat((await pathOf(root, key)).path);
        return found.isFile() ? found.size : undefined;
      } catch (error) {
        const fault = diskError(error, `look at ${key}`);
        if (fault.fault === "not-found") return undefined;
        throw fault;
      }
    },

    async read(key) {
      const what = `read ${key}`;
      const handle = await pathOf(root, key)
        .then(({ path }) => open(path, O_RDONLY | O_NOFOLLOW))
        .catch((error: unknown) => {
          throw diskError(error, what);
        });
      if (!(await handle.stat()).isFile()) {
        await handle.close();
        throw new StoreError("not-found", `there is no ${key}`);
      }
      return Readable.from(chunks(), { objectMode: false });

      async function* chunks(): AsyncGenerator<Buffer> {
        try {
          for (;;) {
            signal.throwIfAborted();
            const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(chunkBytes), 0, chunkBytes);
            if (bytesRead === 0) return;
            yield buffer.subarray(0, bytesRead);
          }
        } catch (error) {
          throw signal.aborted ? error : diskError(error, what);
        } finally {
          await handle.close();
        }
      }
    },

    async *list(prefix) {
      for await (const { key, path } of files(root, prefix)) {
        if (key.endsWith(partialEnd)) continue;
        const found = await lookAt(path);
        if (found?.isFile()) yield { key, bytes: found.size, modified: found.mtime };
      }
    },

    /** A folder has no such locks. */
    lockedUntil: async () => undefined,

    async remove(key) {
      try {
        const { folder, path } = await pathOf(root, key);
        await unlink(path);
        await syncFolder(folder);
        await removeEmpty(folder, await rootAt(root));
        return "removed";
      } catch (error) {
        // A file of one's own that may not be removed is one that was made immutable (`chattr +i`): a lock after all.
        if (codeOf(error) === "EPERM") return "retained";
        const fault = diskError(error, `remove ${key}`);
        if (fault.fault === "not-found") return "removed";
        throw fault;
      }
    },

    async *unfinished(prefix) {
      for await (const { key, path } of files(root, prefix)) {
        const found = key.endsWith(partialEnd) ? await lookAt(path) : undefined;
        if (found === undefined) continue;
        yield {
          key: keyOfPartial(key),
          begun: found.birthtimeMs > 0 ? found.birthtime : found.mtime,
          async abort() {
            await unlink(path).catch((error: unknown) => {
              if (codeOf(error) !== "ENOENT") throw diskError(error, `give up ${key}`);
            });
          },
        };
      }
    },
  };
  return store;
}

/** Every file whose key begins with `prefix`, in the order of names. Links, sockets and the like are no objects. */
async function* files(root: string, prefix: string): AsyncIterable<{ key: string; path: string }> {
  const names = prefix.split("/").slice(0, -1);
  if (names.some((name) => name === "" || name === "." || name === ".."))
    throw new StoreError("failed", `${JSON.stringify(prefix)} cannot begin a key`);
  const start = await folderAt(root, names).catch((error: unknown) => {
    throw diskError(error, `list ${prefix}`);
  });
  if (start !== undefined) yield* below(start, names.map((name) => `${name}/`).join(""));

  async function* below(folder: string, folderKey: string): AsyncIterable<{ key: string; path: string }> {
    // A folder that goes while it is walked through has no objects any more.
    const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
      if (codeOf(error) === "ENOENT") return [];
      throw diskError(error, `list ${folderKey}`);
    });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const [key, path] = [folderKey + entry.name, join(folder, entry.name)];
      if (entry.isFile() && key.startsWith(prefix)) yield { key, path };
      const isOnTheWay = `${key}/`.startsWith(prefix) || prefix.startsWith(`${key}/`);
      if (entry.isDirectory() && isOnTheWay) yield* below(path, `${key}/`);
    }
  }
}

/** undefined when it is gone by now. */
async function lookAt(path: string) {
  return lstat(path).catch((error: unknown) => {
    if (codeOf(error) === "ENOENT") return undefined;
    throw diskError(error, `look at ${path}`);
  });
}

/** Removes folders that are left empty, up to the root. */
async function removeEmpty(folder: string, top: string): Promise<void> {
  for (let it = folder; it.length > top.length; it = dirname(it)) {
    const removed = await rmdir(it).then(
      () => true,
      () => false,
    );
    if (!removed) return;
  }
}
