import type { SequenceFacts } from "../catalogue/manifest.ts";
import { relationName } from "../postgres/relation-name.ts";
import type { Session } from "../postgres/session.ts";

/** How a sequence counts. Numbers are bigint: a sequence may stand at the last of 64 bits. */
export interface Counting {
  readonly increment: bigint;
  readonly smallest: bigint;
  readonly largest: bigint;
  readonly cycle: boolean;
}

/** What `nextval` has to give after a restore; undefined when the sequence is at its end and says so. */
export function expectedNext({ lastValue, called }: SequenceFacts, counting: Counting): bigint | undefined {
  const last = BigInt(lastValue);
  if (!called) return last;
  const next = last + counting.increment;
  if (next >= counting.smallest && next <= counting.largest) return next;
  if (!counting.cycle) return undefined;
  return counting.increment > 0n ? counting.smallest : counting.largest;
}

const sequenceExhausted = "2200H";

/**
 * Draws one number of every sequence, as the application's first insert would, and tells those that give another than they should.
 * Only ever for a copy: a drawn number is gone.
 */
export async function drawSequences(session: Session, sequences: readonly SequenceFacts[]): Promise<string[]> {
  const rows = await session.query<
    { key: string; oid: number } & Record<"inc" | "min" | "max", string> & { cycle: boolean }
  >(
    `select pg_catalog.json_build_array(n.nspname, c.relname)::text as key, c.oid, s.seqincrement::text as inc,
            s.seqmin::text as min, s.seqmax::text as max, s.seqcycle as cycle
       from pg_catalog.pg_sequence s
       join pg_catalog.pg_class c on c.oid = s.seqrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace`,
  );
  const byName = new Map(rows.map((row) => [keyOf(JSON.parse(row.key)), row]));
  const wrong: string[] = [];
  for (const sequence of sequences) {
    const { schema, name } = sequence;
    const shown = `sequence ${relationName(sequence)}`;
    const row = byName.get(keyOf([schema, name]));
    if (row === undefined) {
      wrong.push(`${shown} is not there`);
      continue;
    }
    const { inc, min, max, cycle, oid } = row;
    const counting = { increment: BigInt(inc), smallest: BigInt(min), largest: BigInt(max), cycle };
    const expected = expectedNext(sequence, counting)?.toString() ?? "an end";
    const drawn = await draw(session, oid);
    if (drawn !== expected) wrong.push(`${shown} gives ${drawn} next, it should be ${expected}`);
  }
  return wrong;
}

const keyOf = (name: readonly [string, string] | string[]): string => JSON.stringify(name);

async function draw(session: Session, oid: number): Promise<string> {
  try {
    const [row] = await session.query<{ next: string }>(
      "select pg_catalog.nextval($1::pg_catalog.oid::pg_catalog.regclass)::text as next",
      [oid],
    );
    return row?.next ?? "nothing";
  } catch (error) {
    if ((error as { code?: string }).code === sequenceExhausted) return "an end";
    throw error;
  }
}
