/**
 * Number of a segment of the write-ahead log, counted from the log's beginning, of its name `<timeline><log><segment>`, also with the
 * suffix of a base backup's label; a history file is of no segment.
 */
export function segmentOf(name: string | null, segmentBytes: bigint): bigint | undefined {
  const [, log, segment] = /^[0-9A-F]{8}([0-9A-F]{8})([0-9A-F]{8})(?:\.|$)/.exec(name ?? "") ?? [];
  if (log === undefined) return undefined;
  return BigInt(`0x${log}`) * (0x1_0000_0000n / segmentBytes) + BigInt(`0x${segment}`);
}

/** Position in the log, in bytes, of PostgreSQL's `16/B374D848`. @throws RangeError */
export function lsnOf(text: string): bigint {
  const [, high, low] = /^([0-9A-F]{1,8})\/([0-9A-F]{1,8})$/i.exec(text) ?? [];
  if (high === undefined) throw new RangeError(`${JSON.stringify(text)} is no position in a write-ahead log`);
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
}
