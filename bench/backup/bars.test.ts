import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type ArmName, arms } from "./arms.ts";
import { type Bar, bars, barText, isKept } from "./bars.ts";
import { plot } from "./plot.ts";
import { judge, type Part, rowOf, type Seen } from "./results.ts";
import { blockOf, type Found, foundText, withBlock } from "./text.ts";

const folder = join(import.meta.dirname, "..");
const readme = readFileSync(join(folder, "README.md"), "utf8");
const notMeasured = "Not measured yet: `node bench/backup/run.ts --write` fills this in.";
const bar = Object.keys(bars) as Bar[];

test("the README promises of backups what the benchmark checks, and nothing else", () => {
  const rows = [...readme.matchAll(/^\| `([a-z-]+)`\s+\| ([≥≤] [\d.]+ (?:×|MB))\s+\| (.*?)\s+\|$/gm)];
  expect(rows.map(([, name, text, about]) => [name, text, about])).toEqual(
    bar.map((name) => [name, barText(name), bars[name].about]),
  );
});

test("what the README says was found is a whole run of a gigabyte and more that kept every bar", () => {
  const block = blockOf(readme);
  if (block === notMeasured) return expect(existsSync(join(folder, "backup.svg"))).toBe(false);
  expect(faultsOf(block)).toEqual([]);
  const svg = readFileSync(join(folder, "backup.svg"), "utf8");
  expect(svg.match(/<rect x=/g)).toHaveLength(secondsOf(block).length);
});

/** In words, what is wrong with a block as the benchmark writes it. */
function faultsOf(block: string): string[] {
  const size = Number(/a database of ([\d.]+) GB/.exec(block)?.[1]);
  const rounds = Number(/, (\d+) rounds?,/.exec(block)?.[1]);
  const names = secondsOf(block);
  const left = [...block.matchAll(/^Left out: (.*?), because /gm)].map(([, name]) => name);
  return [
    ...(size >= 1 ? [] : [`only ${size} GB`]),
    ...(rounds >= 3 ? [] : [`only ${rounds} rounds`]),
    ...arms.map(({ name }) => name).filter((name) => !names.includes(name) && !left.includes(name)),
    ...bar.filter((name) => !keptIn(block, name)),
  ];
}

const secondsOf = (block: string): string[] =>
  [...block.matchAll(/^\| (.*?) +\| +[\d.]+ \| +[\d.]+–[\d.]+ \|/gm)].map(([, name = ""]) =>
    name.replaceAll("\\|", "|"),
  );

function keptIn(block: string, name: Bar): boolean {
  const row = new RegExp(`^\\| \`${name}\` +\\| +([\\d.]+) \\S+ \\| +(.*?) \\| +yes \\|$`, "m").exec(block);
  return row !== null && isKept(name, Number(row[1])) && row[2] === barText(name);
}

const seconds: Record<ArmName, number> = {
  "pg_dump -Fc -Z0 > /dev/null": 6,
  "pg_dump -Fc": 24,
  "pg_dump | zstd -1 | age, two sha256sum": 8,
  "golive-backup run → disk": 8,
  "golive-backup run → S3": 9,
  "pg_basebackup, zstd -1 in the server": 7,
  "pgBackRest, zstd -1, 2 processes": 7,
  "pg_restore -j2": 20,
  "golive-backup restore": 21,
};
const part = (rss: number, change: Partial<Record<ArmName, number>> = {}, rounds = 3): Part => ({
  bytes: 1.2e9,
  seen: arms.map(
    ({ name, kind }): Seen => ({
      name,
      kind,
      times: Array.from({ length: rounds }, (_, round) => ({
        seconds: (change[name] ?? seconds[name]) * (1 + round / 10),
        cpu: 1,
        rss,
      })),
      bytes: 3e8,
    }),
  ),
});
const found = (usual: Part, large: Part | null): Found => ({
  date: "2026-01-02",
  machine: { cores: 2, gigabytes: 24, postgres: "17.6" },
  data: { kind: "mixed", about: "rows", bytes: usual.bytes },
  rounds: usual.seen[0]?.times.length ?? 0,
  rows: usual.seen.map(rowOf),
  skipped: [],
  large: large && { bytes: large.bytes, rows: large.seen.map(rowOf) },
  bars: judge(usual, large),
});
const brokenBy = (usual: Part, large: Part | null) =>
  judge(usual, large).flatMap((verdict) => (verdict.kept ? [] : [verdict.bar]));

test("a ratio is that of the same round, so a machine that slows down for all changes none", () => {
  expect(Object.fromEntries(judge(part(200), part(210)).map((one) => [one.bar, one.value]))).toEqual({
    "backup-over-pg-dump": 3,
    "backup-over-shell": 1,
    "backup-over-floor": expect.closeTo(8 / 6),
    "restore-over-pg-restore": 1.05,
    "backup-memory": 200,
    "backup-memory-large": 210,
  });
  expect(brokenBy(part(200), part(210))).toEqual([]);
});

test.each<[string, Part, Part | null, Bar[]]>([
  [
    "slow to disk",
    part(200, { "golive-backup run → disk": 12 }),
    part(200),
    ["backup-over-pg-dump", "backup-over-shell", "backup-over-floor"],
  ],
  ["slow to restore", part(200, { "golive-backup restore": 23 }), part(200), ["restore-over-pg-restore"]],
  ["memory that grows with the data", part(200), part(300), ["backup-memory-large"]],
  ["too much memory", part(300), part(200), ["backup-memory"]],
  ["nothing measured", { bytes: 0, seen: [] }, part(1), bar.filter((name) => name !== "backup-memory-large")],
  ["no large data, as asked", part(200), null, []],
])("bars that are missed: %s", (_, usual, large, expected) => {
  expect(brokenBy(usual, large)).toEqual(expected);
});

test("what a run writes into a README is what the README's test reads, and a second run replaces it", () => {
  const once = withBlock(readme, foundText(found(part(200), part(210))));
  expect(faultsOf(blockOf(once))).toEqual([]);
  const again = withBlock(once, foundText(found(part(300), null)));
  expect(faultsOf(blockOf(again))).toEqual(["backup-memory", "backup-memory-large"]);
  expect(again.replace(blockOf(again), "")).toBe(readme.replace(blockOf(readme), ""));
  const short = foundText({
    ...found(part(200, {}, 1), part(210)),
    data: { kind: "mixed", about: "rows", bytes: 5e7 },
  });
  expect(faultsOf(short)).toEqual(["only 0.05 GB", "only 1 rounds"]);
  expect(() => withBlock("no marks", "text")).toThrow("<!-- backup -->");
});

test("the plot has a bar for each arm, and no name can break it", () => {
  const svg = plot(part(1).seen.map(rowOf));
  expect(svg.match(/<rect x=/g)).toHaveLength(arms.length);
  expect(svg).toContain("pg_dump -Fc -Z0 &gt; /dev/null");
});
