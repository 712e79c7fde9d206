import { identityToRecipient } from "age-encryption";
import type { Manifest } from "../catalogue/manifest.ts";
import { drillFailed } from "./drill-failure.ts";

/** An identity that the backup was encrypted for, with its public half. */
export interface Opener {
  readonly identity: string;
  readonly recipient: string;
}

/**
 * Of the identities given the one that opens a backup. Just one is used, so that the record tells which key was enough.
 * @throws DRILL_FAILED when the backup was encrypted for none of them, which says nothing against the backup.
 */
export async function openerOf(manifest: Manifest, identities: readonly string[]): Promise<Opener> {
  const { recipients } = manifest.encryption;
  const given: string[] = [];
  for (const identity of identities) {
    const recipient = await identityToRecipient(identity).catch(() => undefined);
    if (recipient !== undefined && recipients.includes(recipient)) return { identity, recipient };
    given.push(recipient ?? "an unknown kind");
  }
  throw drillFailed(
    `backup ${manifest.id} was encrypted for ${recipients.join(", ")}; given were identities of ${given.join(", ")}`,
    "Give the file with an identity of one of its recipients: BACKUP_IDENTITY_FILE, or --identity.",
  );
}
