import type { Manifest } from "./manifest.ts";

/**
 * Made in the course of a restore: one shows another moment than the one it was made at, the other what somebody wanted to be rid of.
 * Both are restored by their ids alone; none is the latest, replaces an older one, or says what the database usually looks like.
 */
export const ofRestores: ReadonlySet<Manifest["reason"]> = new Set(["point-in-time", "before-restore"]);

/**
 * Whether a backup shows the database as it was when it was made. One of some tables, made by hand, does not; one of a schedule
 * that leaves tables out does.
 */
export const standsForDatabase = ({ scope, reason }: Pick<Manifest, "scope" | "reason">): boolean =>
  !ofRestores.has(reason) && (scope.whole || reason === "scheduled");
