/** Environment of a gateway under measurement: how many rounds its heavy route burns, the same number for all of them. */
export const roundsVariable = "BENCH_HEAVY_ROUNDS";

/** Keeps the processor busy, always with the same work: a slow moment of the machine is then not a shorter request. */
export function burn(rounds: number): number {
  let value = 1;
  // Xorshift: whole numbers that stay in registers. A remainder of doubles is a call out of compiled code, and how long that takes
  // depends on where a process has put it: by one to two per cent, whatever is traced.
  for (let at = 0; at < rounds; at++) {
    value ^= value << 13;
    value ^= value >>> 17;
    value ^= value << 5;
  }
  return value;
}

/** Rounds that take about so many milliseconds of the processor here and now. */
export function roundsOf(milliseconds: number): number {
  const sample = 2_000_000;
  burn(sample);
  const begun = process.cpuUsage();
  burn(sample);
  const { user, system } = process.cpuUsage(begun);
  return Math.round((sample * milliseconds * 1000) / (user + system));
}
