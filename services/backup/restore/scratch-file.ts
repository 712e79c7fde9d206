import { closeSync, mkdtempSync, openSync } from "node:fs";
import { type FileHandle, mkdir, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { GoliveError } from "@golive/errors/golive-error.ts";
import type { FileFacts } from "../catalogue/manifest.ts";
import { bytesText } from "../format.ts";
import type { Report } from "../progress.ts";
import { openFile } from "../runs/open-dump.ts";
import type { ObjectStore } from "../storage/object-store.ts";
import { BlockIndex } from "./block-index.ts";
import { magic, type Toc } from "./toc.ts";

export interface FetchWorld {
  readonly store: ObjectStore;
  readonly identities: readonly string[];
  /** Folder for the plain archive; made when it is not there. */
  readonly scratch: string;
  readonly report: Report;
  readonly signal: AbortSignal;
}

/** A backup's archive in the clear, on disk, because only from a file can pg_restore load tables side by side. */
export interface ScratchFile extends AsyncDisposable {
  readonly path: string;
  readonly bytes: number;
  /** Undefined when this program cannot read the archive's head; pg_restore may. */
  readonly toc: Toc | undefined;
  /** Tables whose place in the file was written into its head. */
  readonly placed: number;
}

/**
 * Fetches, decrypts and checks a dump into a file that only this user can read and that has no name any more: when this process is
 * killed, the kernel frees it, and no plain copy of the data stays behind.
 *
 * @throws BACKUP_DAMAGED (sums, or no archive), BACKUP_UNDECRYPTABLE, DISK_FULL, and what the store throws
 */
export async function fetchArchive(world: FetchWorld, file: FileFacts): Promise<ScratchFile> {
  const { scratch } = world;
  const { handle, path, drop } = await makeFile(scratch);
  const index = new BlockIndex();
  try {
    const plain = await openFile(world, file);
    let bytes = 0;
    // One chunk is written while the next one is decrypted, decompressed and hashed.
    let writing: Promise<void> = Promise.resolve();
    for await (const chunk of plain as AsyncIterable<Buffer>) {
      if (bytes === 0 && chunk.toString("latin1", 0, magic.length) !== magic)
        throw damaged(`${file.key} does not hold an archive of pg_dump`);
      bytes += chunk.length;
      // A small object can be a large file: what is beyond the manifest's size is not written.
      if (bytes > file.plain.bytes)
        throw damaged(`${file.key} unpacks to more than the ${bytesText(file.plain.bytes)} of its manifest`);
      index.push(chunk);
      await writing;
      writing = writeAll(handle, chunk);
      // Awaited above or below; until then it is nobody's unhandled rejection.
      writing.catch(() => undefined);
    }
    await writing;
    if (bytes !== file.plain.bytes) throw damaged(`${file.key} unpacks to ${bytes} bytes of ${file.plain.bytes}`);
    const patches = index.end();
    for (const patch of patches) await handle.write(patch.bytes, 0, patch.bytes.length, patch.at);
    return { path, bytes, toc: index.toc, placed: patches.length, [Symbol.asyncDispose]: drop };
  } catch (error) {
    await drop();
    throw (error as NodeJS.ErrnoException).code === "ENOSPC" ? full(scratch, file, error) : error;
  }
}

async function makeFile(scratch: string): Promise<{ handle: FileHandle; path: string; drop: () => Promise<void> }> {
  const unusable = (cause: unknown) =>
    new GoliveError(
      "CONFIG_INVALID",
      `BACKUP_SCRATCH_FOLDER=${scratch}: ${(cause as NodeJS.ErrnoException).code}`,
      "Name a folder that may be written to.",
      { cause },
    );
  let folder: string;
  let handle: FileHandle;
  try {
    await mkdir(scratch, { recursive: true });
    folder = mkdtempSync(join(scratch, "golive-restore-"));
    handle = await open(join(folder, "archive"), "wx+", 0o600);
  } catch (cause) {
    throw unusable(cause);
  }
  const drop = async (): Promise<void> => {
    await handle.close().catch(() => undefined);
    await rm(folder, { recursive: true, force: true });
  };
  // The same file by way of this process, for as long as it lives. Elsewhere than on Linux it keeps its name until it is dropped.
  const nameless = `/proc/${process.pid}/fd/${handle.fd}`;
  if (!opens(nameless)) return { handle, path: join(folder, "archive"), drop };
  await rm(folder, { recursive: true, force: true });
  return { handle, path: nameless, drop };
}

function opens(path: string): boolean {
  try {
    closeSync(openSync(path, "r"));
    return true;
  } catch {
    return false;
  }
}

async function writeAll(handle: FileHandle, chunk: Buffer): Promise<void> {
  for (let at = 0; at < chunk.length; ) at += (await handle.write(chunk, at, chunk.length - at)).bytesWritten;
}

const damaged = (message: string): GoliveError =>
  new GoliveError("BACKUP_DAMAGED", message, "Restore another backup; `golive-backup list` shows which count.");

const full = (scratch: string, file: FileFacts, cause: unknown): GoliveError =>
  new GoliveError(
    "DISK_FULL",
    `${scratch} is full; the archive needs ${bytesText(file.plain.bytes)} there`,
    "Give BACKUP_SCRATCH_FOLDER a larger disk, and run the same command again.",
    { cause },
  );
