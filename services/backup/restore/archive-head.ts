import { GoliveError } from "@golive/errors/golive-error.ts";
import type { FileFacts } from "../catalogue/manifest.ts";
import { ArchiveHead } from "../runs/archive-head.ts";
import { type OpenWorld, openFile } from "../runs/open-dump.ts";
import { magic, type Toc } from "./toc.ts";

/**
 * What an archive holds, read from its beginning alone, before anything is made in a server.
 * @returns undefined for an archive of a format that is not known here: pg_restore may know it.
 * @throws BACKUP_DAMAGED when it is no archive; BACKUP_UNDECRYPTABLE, and what the store throws
 */
export async function readArchiveHead(world: OpenWorld, file: FileFacts): Promise<Toc | undefined> {
  const plain = await openFile(world, file);
  const head = new ArchiveHead();
  let settled = false;
  head.toc.then(() => {
    settled = true;
  });
  let begun = false;
  try {
    for await (const chunk of plain as AsyncIterable<Buffer>) {
      if (!begun && chunk.toString("latin1", 0, magic.length) !== magic) throw noArchive(file);
      begun = true;
      head.add(chunk);
      await Promise.resolve();
      if (settled) break;
    }
    endOf(head, file);
    return await head.toc;
  } finally {
    plain.destroy();
  }
}

/** A head that never got whole says the same of what is stored as a wrong beginning does. */
function endOf(head: ArchiveHead, file: FileFacts): void {
  try {
    head.end();
  } catch (cause) {
    throw noArchive(file, cause);
  }
}

const noArchive = ({ key }: FileFacts, cause?: unknown): GoliveError =>
  new GoliveError(
    "BACKUP_DAMAGED",
    `${key} does not hold ${cause === undefined ? "an" : "a whole"} archive of pg_dump`,
    "Nothing was touched. Restore another backup; `golive-backup list` shows which count.",
    { cause },
  );
