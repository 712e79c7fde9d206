import { GoliveError } from "@golive/errors/golive-error.ts";

const shape = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(:\d{2}(?:\.\d{1,6})?)?\s*(Z|[+-]\d{2}:?\d{2})?$/i;

/**
 * A moment as people write it: ISO 8601, or a date and a time with a blank between. Without a zone it is UTC, as every
 * time that golive shows. USAGE when it is none: a date alone would be midnight, which nobody means.
 */
export function readMoment(text: string): Date {
  const [, day, minute, second = ":00", zone = "Z"] = shape.exec(text.trim()) ?? [];
  const at = new Date(`${day}T${minute}${second}${zone.replace(/(\d{2})(\d{2})$/, "$1:$2").toUpperCase()}`);
  if (day === undefined || Number.isNaN(at.getTime()) || !isThatDay(at, day, zone))
    throw new GoliveError(
      "USAGE",
      `--at ${text} is no moment`,
      "Write it like 2026-11-25T14:30:00Z, or 2026-11-25 14:30 for UTC.",
    );
  return at;
}

/** The 31st of a month of 30 days would be taken for the first of the next. */
function isThatDay(at: Date, day: string, zone: string): boolean {
  const minutes = /^[+-]/.test(zone) ? Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2)) : 0;
  const there = new Date(at.getTime() + (zone.startsWith("-") ? -minutes : minutes) * 60_000);
  return there.toISOString().startsWith(day);
}
