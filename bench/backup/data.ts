import { execa } from "execa";
import { type BenchWorld, libpqOf } from "./world.ts";

/** What a database of the benchmark holds; sizes are of one unit of pgbench's scale, as the server counts them. */
export const kinds = {
  mixed: {
    megabytes: 36,
    about:
      "pgbench's tables, and as much again of JSON, text and bytes that do not compress: pgbench's own rows are blanks, which compress 20 to 1",
    sql: (scale: number) => [
      "select setseed(0.5)",
      `create table events as
         select n as id, timestamptz '2026-01-01' + n * interval '7 seconds' as at, md5(n::text)::uuid as customer,
                jsonb_build_object('action', (array['created', 'paid', 'shipped', 'returned'])[1 + n % 4], 'amount', round((random() * 1000)::numeric, 2),
                  'session', md5(random()::text), 'agent', 'Mozilla/5.0 (X11; Linux x86_64) Firefox/' || 100 + n % 40, 'path', '/orders/' || n / 3) as payload,
                'order ' || n / 3 || ' of ' || md5((n / 3)::text) as note
           from generate_series(1, ${scale * 50_000}) n`,
      "alter table events add primary key (id)",
      `create table files as
         select n as id, (select string_agg(sha512(convert_to(n || ':' || i, 'UTF8')), '') from generate_series(1, 1600) i) as content
           from generate_series(1, ${scale * 24}) n`,
    ],
  },
  pgbench: { megabytes: 15, about: "pgbench's tables alone", sql: () => [] },
} as const satisfies Record<string, { megabytes: number; about: string; sql: (scale: number) => readonly string[] }>;

export type DataKind = keyof typeof kinds;

/** Makes the world's database and fills it with about so many megabytes. Resolves to its size in bytes. */
export async function fill(world: BenchWorld, kind: DataKind, megabytes: number): Promise<number> {
  const { report, signal, database } = world;
  const options = { env: libpqOf(world), extendEnv: false, cancelSignal: signal } as const;
  const psql = (...texts: string[]) =>
    execa("psql", ["-XAtq", "-v", "ON_ERROR_STOP=1", ...texts.flatMap((text) => ["-c", text])], options);
  const scale = Math.max(1, Math.round(megabytes / kinds[kind].megabytes));
  report(`filling ${database} with about ${megabytes} MB: ${kinds[kind].about}`);
  await execa("createdb", [database], options);
  await execa("pgbench", ["--initialize", "--quiet", "--no-vacuum", `--scale=${scale}`], options);
  // The first reader of a new table writes its hint bits; no arm shall pay for the others.
  await psql(...kinds[kind].sql(scale), "vacuum (freeze, analyze)");
  return Number((await psql("select pg_database_size(current_database())")).stdout);
}
