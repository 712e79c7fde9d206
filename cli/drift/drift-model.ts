import type { PreviewModel, Row } from "../preview/model.ts";
import type { PropertyChange } from "../preview/property-change.ts";

/**
 * What the world has made different from the state: what a preview shows only after it has looked at the world. The rest of it, the
 * program's own changes that nobody has applied yet, shows without a look as well, and is no drift.
 *
 * @param plain the preview that believes the state
 * @param looked the preview that has looked at the world first
 */
export function driftModel(plain: PreviewModel, looked: PreviewModel): PreviewModel {
  const expected = new Map(plain.rows.map((row) => [row.urn, row]));
  const rows = looked.rows.flatMap((row) => drifted(row, expected.get(row.urn)) ?? []);
  const urns = new Set(rows.map(({ urn }) => urn));
  const known = new Set(plain.diagnostics.map(keyOf));
  const counts = Object.fromEntries(
    [...Map.groupBy(rows, ({ op }) => op)].map(([op, some]) => [op, some.length] as const),
  );
  const same = looked.rows.length + looked.same - rows.length;
  return {
    ...looked,
    complete: plain.complete && looked.complete,
    counts: { ...counts, same },
    same,
    rows,
    risks: looked.risks.filter(({ urn }) => urns.has(urn)),
    providers: [],
    diagnostics: looked.diagnostics.filter((said) => said.severity === "error" || !known.has(keyOf(said))),
  };
}

/** The part of a row that only the look at the world explains; undefined where nothing is left. */
function drifted(row: Row, expected: Row | undefined): Row | undefined {
  if (!expected || expected.op !== row.op) return row;
  const known = new Set(expected.changes.map(changeKey));
  const changes = row.changes.filter((change) => !known.has(changeKey(change)));
  return changes.length === 0 ? undefined : { ...row, changes, more: 0 };
}

/** By the value that is there now: what the program wants instead is the same in both. */
const changeKey = ({ path, kind, before, lines }: PropertyChange): string =>
  JSON.stringify([path, kind, before, lines]);

const keyOf = ({ urn, message }: { urn: string; message: string }): string => JSON.stringify([urn, message]);
