/** Environment of a gateway under measurement: how many rounds its heavy route burns, the same number for all of them. */
export const roundsVariable = "BENCH_HEAVY_ROUNDS";

/** Keeps the processor busy, always with the same work: a slow moment of the machine is then not a shorter request. */
export function burn(rounds: number): number {
  let value = 1;
  for (let at = 0; at < rounds; at++) value = (value * 48_271) % 2_147_483_647;
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
