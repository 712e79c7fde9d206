/**
 * Share of traces that are exported, 0–1.
 * @default 1: a small platform wants every trace; a busy one sets 0.1.
 * A wrong value throws, because a silent 0 would look like a broken collector.
 */
export function traceRatio(value: string | undefined): number {
  if (value === undefined || value === "") return 1;
  const ratio = Number(value);
  if (!(ratio >= 0 && ratio <= 1)) throw new Error(`TRACE_RATIO must be between 0 and 1, got ${JSON.stringify(value)}`);
  return ratio;
}
