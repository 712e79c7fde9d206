import { GoliveError } from "@golive/errors/golive-error.ts";
import { nearest } from "@golive/infra/config/nearest.ts";
import type { AlertRule } from "@golive/infra/errors/alert-rule.ts";

export type Catalogue = Readonly<Record<string, AlertRule>>;

export interface Choice {
  /** Ids with commas between. */
  readonly named: string | undefined;
  readonly all: boolean;
}

/** The rules that are meant, each once. @throws GoliveError USAGE for none, for both ways of saying it, and for an unknown id */
export function chosenRules(catalogue: Catalogue, { named, all }: Choice): Catalogue {
  const known = Object.keys(catalogue);
  const hint = `The rules are ${known.join(", ")}.`;
  if (all && named !== undefined) {
    throw new GoliveError("USAGE", `both --all and "${named}" are given`, "Leave one of them out.");
  }
  if (all) return catalogue;
  const ids = (named ?? "")
    .split(",")
    .map((id) => id.trim())
    .filter((id) => id !== "");
  if (ids.length === 0) throw new GoliveError("USAGE", "no rule is named", `Name one, or give --all. ${hint}`);
  return Object.fromEntries(
    ids.map((id) => {
      const rule = Object.hasOwn(catalogue, id) ? catalogue[id] : undefined;
      if (rule) return [id, rule] as const;
      const meant = nearest(id, known);
      throw new GoliveError("USAGE", `there is no rule "${id}"`, meant ? `Did you mean ${meant}? ${hint}` : hint);
    }),
  );
}
