export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;

/** The calendars of grandfather-father-son retention. All UTC: no change of clocks makes a day longer or a backup move. */
export const calendars = {
  daily: (at: Date): string => at.toISOString().slice(0, 10),
  weekly: isoWeek,
  monthly: (at: Date): string => at.toISOString().slice(0, 7),
} as const satisfies Record<string, (at: Date) => string>;

export type Calendar = keyof typeof calendars;

/** As in "2026-W48" (ISO 8601): weeks begin on Monday and belong to the year of their Thursday. */
function isoWeek(at: Date): string {
  const midnight = Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate());
  const weekday = (at.getUTCDay() + 6) % 7;
  const thursday = new Date(midnight + (3 - weekday) * day);
  const year = thursday.getUTCFullYear();
  const week = Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / day / 7) + 1;
  return `${year}-W${String(week).padStart(2, "0")}`;
}
