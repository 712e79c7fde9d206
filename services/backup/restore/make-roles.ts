import { escapeIdentifier } from "pg";
import type { Manifest } from "../catalogue/manifest.ts";
import { createRoles, roleFacts } from "../drill/roles.ts";
import type { Session } from "../postgres/session.ts";
import { openFile } from "../runs/open-dump.ts";
import type { Checked } from "./check-restore.ts";
import type { RestoreWorld } from "./restore-world.ts";

/** Names and memberships out of the stored globals; never their passwords, logins or powers. */
export async function makeRoles(
  world: RestoreWorld,
  session: Session,
  manifest: Manifest,
  { plan, server, missingRoles: missing }: Checked,
): Promise<void> {
  if (!plan.createRoles || missing.length === 0) return;
  let globals = "";
  if (manifest.globals !== null)
    for await (const chunk of await openFile(world, manifest.globals)) globals += (chunk as Buffer).toString("utf8");
  await session.query("begin");
  try {
    await createRoles(session, missing, { ...roleFacts(globals), superusers: new Set() });
    // Who makes a database or a table for a role must be one of it.
    if (!server.me.superuser)
      for (const role of missing) await session.query(`grant ${escapeIdentifier(role)} to current_user`);
    await session.query("commit");
  } catch (error) {
    await session.query("rollback").catch(() => undefined);
    throw error;
  }
  world.report(`made roles ${missing.map((role) => JSON.stringify(role)).join(", ")}, without login`);
}
