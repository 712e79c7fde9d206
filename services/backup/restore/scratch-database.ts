import { GoliveError } from "@golive/errors/golive-error.ts";
import { escapeIdentifier, escapeLiteral } from "pg";
import type { Manifest } from "../catalogue/manifest.ts";
import { connect, type Session } from "../postgres/session.ts";
import { createLike } from "./create-like.ts";
import { writeMark } from "./marks.ts";
import type { Plan } from "./preflight/checks.ts";
import { removeDatabase } from "./remove-database.ts";
import type { RestoreWorld } from "./restore-world.ts";

/** An empty database that says of itself what is being restored into it, and for which database. */
export async function createScratch(
  session: Session,
  scratch: string,
  manifest: Manifest,
  plan: Plan,
  { live, at }: { live: string; at: Date },
): Promise<void> {
  await createLike(session, scratch, manifest, { owner: plan.owner, tablespace: plan.tablespace }).catch(
    (cause: Error) => {
      throw new GoliveError(
        "RESTORE_REFUSED",
        `cannot make a database like ${JSON.stringify(manifest.database)}: ${cause.message}`,
        "Nothing was touched. The role needs CREATEDB, membership in the owner and CREATE on the tablespace (or --no-tablespaces), the server the same encoding and sorting rules.",
        { cause },
      );
    },
  );
  const mark = writeMark({
    kind: "scratch",
    live,
    backup: manifest.id,
    at: at.toISOString(),
    comment: null,
    readOnly: null,
  });
  await session.query(`comment on database ${escapeIdentifier(scratch)} is ${escapeLiteral(mark)}`);
}

/** Half a restore goes again. On a connection of its own: the interrupted one is the very one that has to clean up. */
export async function discardScratch({ postgres, report }: RestoreWorld, scratch: string): Promise<void> {
  try {
    await using server = await connect(postgres, postgres.maintenanceDatabase, AbortSignal.timeout(30_000));
    await removeDatabase(server, postgres, scratch);
  } catch (error) {
    report(`warning: database ${scratch} is left for the next restore to drop: ${(error as Error).message}`);
  }
}
