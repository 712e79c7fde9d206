import { ageText, bytesText, tableText } from "../format.ts";
import { connect } from "../postgres/session.ts";
import type { ServerWorld } from "./restore-world.ts";
import { type Kept, lastOf, readState } from "./state.ts";

export interface Status {
  readonly kept: readonly (Kept & { readonly undoUntil: string | null; readonly state: KeptState })[];
}

/** running: somebody restores into it now. broken off: its restore was killed. undoable: `undo` brings it back. kept: only on request. */
export type KeptState = "running" | "broken off" | "undoable" | "kept";

/** What restores left in a server, and what can be done about it. */
export async function readStatus({ postgres, undoDays, now, signal }: ServerWorld): Promise<Status> {
  await using session = await connect(postgres, postgres.maintenanceDatabase, signal);
  const all = await readState(session);
  return {
    kept: all.map((kept) => {
      const until =
        kept.mark && kept.kind === "before" ? new Date(Date.parse(kept.mark.at) + undoDays * 86_400_000) : undefined;
      return { ...kept, undoUntil: until?.toISOString() ?? null, state: stateOf(kept, all, until, now()) };
    }),
  };
}

function stateOf(kept: Kept, all: readonly Kept[], until: Date | undefined, now: Date): KeptState {
  if (kept.kind === "scratch") return kept.busy ? "running" : "broken off";
  const next = kept.mark && lastOf(all, kept.mark.live)?.name === kept.name;
  return next && until !== undefined && until > now ? "undoable" : "kept";
}

const advice: Readonly<Record<KeptState, (kept: Kept) => string>> = {
  running: ({ mark }) => `backup ${mark?.backup} is being restored into ${JSON.stringify(mark?.live)} at this moment`,
  "broken off": ({ name, mark }) =>
    `a restore${mark ? ` of backup ${mark.backup} into ${JSON.stringify(mark.live)}` : ""} was broken off before it replaced anything: run it again, or take its rest away with \`golive-backup restore drop ${name}\``,
  undoable: ({ name, mark }) =>
    `${name} is what ${JSON.stringify(mark?.live)} was before backup ${mark?.backup}: bring it back with \`golive-backup undo --database ${JSON.stringify(mark?.live)}\``,
  kept: ({ name }) =>
    `${name} can be read, brought back with \`golive-backup undo --to ${name}\`, or dropped with \`golive-backup restore drop ${name}\``,
};

export function statusText({ kept }: Status, now: Date): string {
  if (kept.length === 0) return "no restore is at work, and none has left anything";
  const head = ["NAME", "STATE", "OF", "AGE", "SIZE", "SESSIONS", "HOLDS"];
  const rows = kept.map((one) => [
    one.name,
    one.state,
    one.mark ? JSON.stringify(one.mark.live) : "?",
    one.mark ? ageText(new Date(one.mark.at), now) : "?",
    bytesText(one.bytes),
    String(one.sessions),
    [
      ...one.slots.map((slot) => `slot ${slot}`),
      ...one.subscriptions.map((sub) => `subscription ${sub}`),
      ...one.prepared.map(() => "prepared transaction"),
    ].join(", ") || "-",
  ]);
  return [tableText([head, ...rows], [3, 4, 5]), "", ...kept.map((one) => advice[one.state](one))].join("\n");
}
