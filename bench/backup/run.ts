import { readFileSync, writeFileSync } from "node:fs";
import { cpus, tmpdir, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { codes } from "@golive/errors/codes.ts";
import { GoliveError } from "@golive/errors/golive-error.ts";
import { redact } from "@golive/errors/redact.ts";
import { freeBytes, gibibytes } from "@golive/local/toolchain/disk.ts";
import { execa } from "execa";
import { type Arm, type ArmName, arms } from "./arms.ts";
import { fill, kinds } from "./data.ts";
import { help, type Options, readOptions } from "./options.ts";
import { plot } from "./plot.ts";
import { judge, type Part, rowOf, type Seen } from "./results.ts";
import { blockOf, type Found, foundText, withBlock } from "./text.ts";
import { type Timed, timed } from "./timed.ts";
import { type BenchWorld, benchWorld, libpqOf } from "./world.ts";

type Fit = (typeof arms)[number] & Arm;
const largeTimes = 4;
const report = (line: string) => console.error(redact(line));

async function bench(options: Options, signal: AbortSignal): Promise<Found> {
  if (options.write) blockOf(readReadme(options));
  requireDisk(options);
  await using world = await benchWorld({ report, signal });
  const bytes = await fill(world, options.data, options.megabytes);
  const { fit, skipped } = await fitArms(world);
  await inQuiet(world, fit[0] as Fit); // warms the cache; its time is not kept
  const usual: Part = { bytes, seen: await rounds(world, fit, options.rounds) };
  const large = options.large ? await largePart(world, fit, options) : null;
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: {
      cores: cpus().length,
      gigabytes: Math.round(totalmem() / 1e9),
      postgres: /\d+\.\d+/.exec((await execa(join(world.postgres.bin, "postgres"), ["--version"])).stdout)?.[0] ?? "?",
    },
    data: { kind: options.data, about: kinds[options.data].about, bytes },
    rounds: options.rounds,
    rows: usual.seen.map(rowOf),
    skipped,
    large: large && { bytes: large.bytes, rows: large.seen.map(rowOf) },
    bars: judge(usual, large),
  };
}

/** Read before the first arm runs: after a quarter of an hour it would be a pity. */
function readReadme({ readme }: Options): string {
  try {
    return readFileSync(readme, "utf8");
  } catch (cause) {
    throw new GoliveError("USAGE", `--readme ${readme} cannot be read`, "Name a file that is there.", { cause });
  }
}

/** What lies there at once: two copies of the data, its WAL, and files of every arm; for the large part one copy and two backups. */
function requireDisk({ megabytes, large }: Options): void {
  const needed = megabytes * 1e6 * (large ? largeTimes * 1.8 : 5.5) + 4.5 * 1024 ** 3;
  const free = freeBytes(tmpdir());
  if (free < needed)
    throw new GoliveError(
      "DISK_FULL",
      `the benchmark needs ${gibibytes(needed)} free in ${tmpdir()}; ${gibibytes(free)} are free`,
      "Free some space there, point TMPDIR at a larger disk, or give a smaller --megabytes.",
    );
}

async function fitArms(world: BenchWorld): Promise<{ fit: Fit[]; skipped: { name: ArmName; why: string }[] }> {
  const fit: Fit[] = [];
  const skipped: { name: ArmName; why: string }[] = [];
  for (const arm of arms as readonly Fit[]) {
    const why = await arm.unfit?.(world);
    if (why === undefined) fit.push(arm);
    else {
      skipped.push({ name: arm.name, why });
      report(`left out: ${arm.name}, because ${why}`);
    }
  }
  return { fit, skipped };
}

/** Round by round, so that a slow moment of the machine meets every arm. */
async function rounds(world: BenchWorld, fit: readonly Fit[], count: number): Promise<Seen[]> {
  const times = new Map<ArmName, Timed[]>(fit.map(({ name }) => [name, []]));
  const sizes = new Map<ArmName, number | undefined>();
  for (let round = 1; round <= count; round++)
    for (const arm of fit) {
      const one = await inQuiet(world, arm);
      times.get(arm.name)?.push(one);
      sizes.set(arm.name, arm.bytes?.(world));
      report(
        `${world.database}, round ${round} of ${count}: ${arm.name}: ${one.seconds.toFixed(2)} s, ${one.cpu.toFixed(2)} s of CPU, ${one.rss} MB`,
      );
    }
  return fit.map(({ name, kind }) => ({ name, kind, times: times.get(name) ?? [], bytes: sizes.get(name) }));
}

/** No arm shall wait for what the one before it left to be written. */
async function inQuiet(world: BenchWorld, arm: Fit): Promise<Timed> {
  await arm.prepare?.(world);
  const { signal } = world;
  await execa("psql", ["-Xqc", "checkpoint"], { env: libpqOf(world), extendEnv: false, cancelSignal: signal });
  await execa("sync", { cancelSignal: signal });
  return timed(arm.command(world), signal);
}

/** Memory alone: one run each, in a database of four times the size. */
async function largePart(usual: BenchWorld, fit: readonly Fit[], options: Options): Promise<Part> {
  const world = { ...usual, database: "large" };
  const env = libpqOf(usual);
  for (const name of ["copy", "bench"])
    await execa("dropdb", ["--if-exists", name], { env, extendEnv: false, cancelSignal: world.signal });
  const bytes = await fill(world, options.data, options.megabytes * largeTimes);
  const chosen = fit.filter(({ large }) => large);
  return { bytes, seen: await rounds(world, chosen, 1) };
}

const stop = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const)
  process.on(name, () =>
    stop.abort(new GoliveError("INTERRUPTED", `stopped by ${name}`, "Everything it made is removed; start it again.")),
  );
try {
  const options = readOptions(process.argv.slice(2));
  if (options === "help") console.log(help);
  else {
    const found = await bench(options, stop.signal);
    const text = foundText(found);
    console.log(options.json ? JSON.stringify(found, undefined, 2) : text);
    if (options.write) {
      const { readme } = options;
      writeFileSync(join(dirname(readme), "backup.svg"), plot(found.rows));
      const plotted = `${text}\n\n![Seconds of each arm: a bar to the median, a line from the fastest to the slowest round](backup.svg)`;
      writeFileSync(readme, withBlock(readReadme(options), plotted));
    }
    process.exitCode = found.bars.every(({ kept }) => kept) ? 0 : codes.TESTS_FAILED.exit;
  }
} catch (thrown) {
  const reason = stop.signal.aborted ? stop.signal.reason : thrown;
  const error =
    reason instanceof GoliveError
      ? reason
      : new GoliveError("INTERNAL", String(thrown), "Run it again.", { cause: thrown });
  console.error(redact(`error ${error.code}: ${error.message}\nhint: ${error.hint}`));
  if (error.code === "INTERNAL") console.error(redact((thrown as Error).stack ?? ""));
  process.exitCode = error.exit;
}
