import { mkdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { backupWithPgBackRest, pgBackRestUnfit, preparePgBackRest, repositoryOf } from "./pgbackrest.ts";
import { bash, type Command } from "./timed.ts";
import { type BenchWorld, bytesBelow, environmentOf, libpqOf } from "./world.ts";

export interface Arm {
  readonly name: string;
  readonly kind: "backup" | "restore";
  /** Why it cannot run here; asked once. */
  readonly unfit?: (world: BenchWorld) => Promise<string | undefined>;
  /** What one run of it needs beforehand; not timed. */
  readonly prepare?: (world: BenchWorld) => Promise<void> | void;
  readonly command: (world: BenchWorld) => Command;
  /** Size of what it made, in bytes. */
  readonly bytes?: (world: BenchWorld) => number;
  /** Run with four times the data as well. */
  readonly large?: boolean;
}

const out = ({ folder }: BenchWorld, name: string) => join(folder, name);
const without = (name: string) => (world: BenchWorld) => rmSync(out(world, name), { recursive: true, force: true });
const peer = (world: BenchWorld, script: string): Command => ({
  argv: bash(script),
  env: libpqOf(world),
  cwd: world.folder,
});
const ours = (world: BenchWorld, store: "disk" | "s3", ...args: string[]): Command => ({
  argv: world.ours(...args),
  env: environmentOf(world, store),
});

/** Ours and its peers, in the order of the table. Each leaves its file on disk for certain, as ours does. */
export const arms = [
  {
    name: "pg_dump -Fc -Z0 > /dev/null",
    kind: "backup",
    command: (world) => peer(world, "pg_dump -Fc -Z0 > /dev/null"),
  },
  {
    name: "pg_dump -Fc",
    kind: "backup",
    prepare: without("plain.dump"),
    // With --file it syncs by itself.
    command: (world) => peer(world, "pg_dump -Fc --file plain.dump"),
    bytes: (world) => statSync(out(world, "plain.dump")).size,
  },
  {
    name: "pg_dump | zstd -1 | age, two sha256sum",
    kind: "backup",
    prepare: (world) => {
      without("shell")(world);
      mkdirSync(out(world, "shell"));
    },
    // Compressed alike, encrypted to the same two recipients, and the sums of both sides.
    command: (world) =>
      peer(
        world,
        `cd shell; mkfifo plain stored
         sha256sum < plain > plain.sha256 & sums=$!
         sha256sum < stored > stored.sha256 & sums="$sums $!"
         pg_dump -Fc -Z0 | tee plain | zstd -q -1 | age --encrypt --recipients-file ${world.recipients} | tee stored > dump.age
         for sum in $sums; do wait $sum; done
         sync dump.age`,
      ),
    bytes: (world) => statSync(join(out(world, "shell"), "dump.age")).size,
  },
  {
    name: "golive-backup run → disk",
    kind: "backup",
    prepare: (world) => {
      without("disk")(world);
      mkdirSync(out(world, "disk"));
    },
    command: (world) => ours(world, "disk", "run"),
    bytes: (world) => bytesBelow(out(world, "disk")),
    large: true,
  },
  {
    name: "golive-backup run → S3",
    kind: "backup",
    command: (world) => ours(world, "s3", "run"),
    large: true,
  },
  {
    name: "pg_basebackup, zstd -1 in the server",
    kind: "backup",
    unfit: async ({ postgres }) =>
      Number(postgres.bin.match(/\d+/)?.[0]) < 15 ? "servers before 15 cannot compress" : undefined,
    prepare: without("base"),
    command: (world) =>
      peer(world, "pg_basebackup --pgdata base -Ft --compress=server-zstd:1 -X fetch --checkpoint=fast"),
    bytes: (world) => bytesBelow(out(world, "base")),
  },
  {
    name: "pgBackRest, zstd -1, 2 processes",
    kind: "backup",
    unfit: pgBackRestUnfit,
    prepare: preparePgBackRest,
    command: backupWithPgBackRest,
    bytes: (world) => bytesBelow(repositoryOf(world)),
  },
  {
    name: "pg_restore -j2",
    kind: "restore",
    prepare: dropCopy,
    // Of the file that `pg_dump -Fc` made; a copy without statistics is not ready for use.
    command: (world) =>
      peer(world, "createdb copy; pg_restore -j2 --exit-on-error -d copy plain.dump; psql -Xqd copy -c analyze"),
  },
  {
    name: "golive-backup restore",
    kind: "restore",
    prepare: dropCopy,
    command: (world) =>
      ours(world, "disk", "restore", "latest", "--unproven", "--into", "copy", "--jobs", "2", "--yes"),
  },
] as const satisfies readonly Arm[];

export type ArmName = (typeof arms)[number]["name"];

async function dropCopy(world: BenchWorld): Promise<void> {
  await execa("dropdb", ["--if-exists", "copy"], {
    env: libpqOf(world),
    extendEnv: false,
    cancelSignal: world.signal,
  });
}
