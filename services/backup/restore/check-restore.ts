import { GoliveError } from "@golive/errors/golive-error.ts";
import { type Manifest, totalRows } from "../catalogue/manifest.ts";
import type { Session } from "../postgres/session.ts";
import { readArchiveHead } from "./archive-head.ts";
import { databaseProperties } from "./database-properties.ts";
import type { RestoreOptions } from "./options.ts";
import { type ChosenPart, choosePart } from "./part.ts";
import { findAll, missingRoles, type Plan } from "./preflight/checks.ts";
import { readFacts, type ServerFacts } from "./preflight/facts.ts";
import type { Finding } from "./preflight/finding.ts";
import { RestoreError } from "./restore-error.ts";
import type { RestoreWorld } from "./restore-world.ts";
import type { Toc } from "./toc.ts";

export interface Checked {
  readonly findings: readonly Finding[];
  readonly plan: Plan;
  readonly part: ChosenPart | undefined;
  readonly server: ServerFacts;
  readonly toc: Toc | undefined;
  readonly missingRoles: readonly string[];
}

/** Everything that can be known before anything is made. @throws RESTORE_REFUSED with all findings */
export async function checkRestore(
  world: RestoreWorld,
  session: Session,
  manifest: Manifest,
  target: string,
  options: RestoreOptions,
): Promise<Checked> {
  const toc = await readArchiveHead(world, manifest.dump);
  const part = options.part === undefined ? undefined : choosePart(partEntries(toc, manifest), options.part);
  const server = await readFacts(session, world, manifest, target);
  const superuser = server.me.superuser;
  const plan: Plan = {
    replace: options.target.kind === "replace",
    owners: options.owner === undefined,
    rights: options.rights ?? true,
    tablespaces: options.tablespaces ?? true,
    tablespace:
      part === undefined && options.tablespaces !== false
        ? databaseProperties(toc?.entries ?? []).tablespace
        : undefined,
    publications: options.publications ?? true,
    subscriptions: options.subscriptions ?? true,
    createRoles: options.createRoles ?? false,
    owner: options.owner === undefined ? manifest.owner : options.owner,
    chosen: part?.entries,
  };
  const findings = findAll({ manifest, plan, server, toc });
  const bad = findings.filter(({ refuses }) => refuses);
  for (const { refuses, text } of findings) if (!refuses) world.report(`note: ${text}`);
  if (bad.length > 0)
    throw new RestoreError(
      "RESTORE_REFUSED",
      bad.map(({ text }) => text).join("; "),
      `Nothing was touched. ${[...new Set(bad.map(({ cure }) => cure))].join(" ")}`,
      { findings, superuser },
    );
  const entries = (toc?.entries ?? []).filter(({ dumpId }) => part?.entries.has(dumpId) ?? true);
  return { findings, plan, part, server, toc, missingRoles: missingRoles({ manifest, plan, server, toc, entries }) };
}

function partEntries(toc: Toc | undefined, { id }: Manifest): Toc["entries"] {
  if (toc !== undefined) return toc.entries;
  throw new GoliveError(
    "RESTORE_REFUSED",
    `the list of contents of backup ${id} cannot be read by this version, so no part of it can be chosen`,
    "Restore the whole backup with --into, and take the part from there.",
  );
}

/** What a person is asked to confirm. */
export function consentLines(
  { undoDays }: RestoreWorld,
  manifest: Manifest,
  target: string,
  { findings, server }: Checked,
  notes: readonly string[],
): string[] {
  return [
    `database ${JSON.stringify(target)} (${server.live?.columns?.length ?? "?"} tables) on ${server.me.name}'s server will be replaced by backup ${manifest.id}`,
    `the backup shows ${JSON.stringify(manifest.database)} as it was at ${manifest.started}: ${manifest.tables.length} tables, ${totalRows(manifest.tables)} rows; what was written since is not in it`,
    ...notes,
    ...findings.map(({ text }) => text),
    `what is there now is kept, and \`undo\` brings it back within ${undoDays} days`,
  ];
}
