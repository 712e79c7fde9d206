import { escapeIdentifier } from "pg";
import type { PostgresConfig } from "../config/postgres.ts";
import { dropDatabase } from "../postgres/database.ts";
import { connect, type Session } from "../postgres/session.ts";

/**
 * Drops a database of ours. A subscription in it would make the server refuse, and dropping that in the usual way would drop its slot
 * on the publisher, which is somebody else's: so it is taken from its slot first. Nothing is connected to.
 */
export async function removeDatabase(session: Session, postgres: PostgresConfig, name: string): Promise<void> {
  const subscriptions = await session.query<{ name: string }>(
    `select s.subname::text as name from pg_catalog.pg_subscription s
       join pg_catalog.pg_database d on d.oid = s.subdbid where d.datname = $1`,
    [name],
  );
  if (subscriptions.length > 0) {
    await session.query(`alter database ${escapeIdentifier(name)} allow_connections true`);
    await using inside = await connect(postgres, name, AbortSignal.timeout(30_000));
    await inside.query("set default_transaction_read_only = off");
    for (const subscription of subscriptions) {
      const quoted = escapeIdentifier(subscription.name);
      await inside.query(`alter subscription ${quoted} disable`);
      await inside.query(`alter subscription ${quoted} set (slot_name = none)`);
      await inside.query(`drop subscription ${quoted}`);
    }
  }
  await dropDatabase(session, name);
}
