/** S3's limits: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
export const largestObject = 5 * 1024 ** 4;

/** Below S3's 5 GiB: a part is held in memory, and one larger than this no longer is on any machine that backs up. */
const largestPart = 2 * 1024 ** 3;

/**
 * Bytes of part `number` (from 1) of an upload in parts of `first` bytes, `most` at most. The length of a dump is
 * unknown until it ends, so parts grow: the first two fifths keep the size they began with, then they double every
 * twentieth of the way. With 8 MiB and S3's 10,000 parts, a dump of up to 33 GB is held in memory in parts of 8 MiB,
 * and the largest object that S3 takes, 5 TiB, still fits; with the 1,000 parts of lesser stores, 640 GB do.
 */
export function partBytes(number: number, first: number, most: number): number {
  const steps = Math.max(0, Math.ceil(((number - 0.4 * most) * 20) / most));
  return Math.min(first * 2 ** steps, Math.max(first, largestPart));
}
