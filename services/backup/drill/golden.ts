import { generateKeyPairSync } from "node:crypto";
import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { compareContents, readContents } from "../postgres/contents.ts";
import { connect } from "../postgres/session.ts";
import { createLike } from "../restore/create-like.ts";
import { loadArchive, refuseFailed } from "../restore/load-archive.ts";
import { takeBackup } from "../runs/take-backup.ts";
import { keyId } from "../signing/keys.ts";
import { diskStore } from "../storage/disk-store.ts";
import type { Bench } from "./attempt.ts";
import { problemOf } from "./verdict.ts";

/** Two tables that hang together, with the kinds of values that are easily lost: bytes, exact numbers, nothing at all. */
const content = `
  create table parent (id int generated always as identity primary key, name text not null, price numeric(12,4), raw bytea);
  create table child (id int primary key, parent int not null references parent, noted timestamptz);
  insert into parent (name, price, raw)
    select 'name ' || g, g / 7.0, decode(md5(g::text), 'hex') from generate_series(1, 500) g;
  insert into child select g, g, case when g % 3 > 0 then timestamptz '2026-01-01 00:00Z' + g * interval '1 hour' end
    from generate_series(1, 500) g`;

/**
 * Makes a backup in the throwaway server itself, with keys of the moment, and restores it by the same steps as the one that is
 * under suspicion. Undefined when that works: then this drill can tell good from bad. Else what went wrong, in words.
 */
export async function goldenProblem({ world, folder, server }: Bench): Promise<string | undefined> {
  const { signal } = world;
  const [source, target] = ["golive_golden", "golive_golden_copy"];
  const quiet = () => undefined;
  try {
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    const identities = await Promise.all([generateIdentity(), generateIdentity()]);
    const store = diskStore(await mkdtemp(join(folder.path, "golden-")), signal);
    const postgres = { ...server.postgres, database: source };
    {
      await using session = await connect(server.postgres, server.postgres.database, signal);
      await session.query(`create database ${source}`);
    }
    {
      await using session = await connect(postgres, source, signal);
      await session.query("set search_path = public");
      await session.query(content);
    }
    const manifest = await takeBackup({
      postgres,
      stores: [store],
      recipients: await Promise.all(identities.map(identityToRecipient)),
      signer: { key: privateKey, id: keyId(publicKey) },
      trusted: new Map([[keyId(publicKey), publicKey]]),
      now: world.now,
      report: quiet,
      signal,
    });
    {
      await using session = await connect(server.postgres, server.postgres.database, signal);
      await createLike(session, target, manifest);
    }
    const loading = { postgres, store, identities, scratch: folder.path, report: quiet, signal };
    refuseFailed((await loadArchive(loading, manifest, target, { jobs: 1 })).failed);
    await using copy = await connect(postgres, target, signal);
    const [difference] = compareContents(manifest, await readContents(copy, { report: quiet }));
    return (
      difference && `${difference.what} ${difference.name} has ${difference.found} instead of ${difference.expected}`
    );
  } catch (error) {
    return problemOf(error);
  }
}
