/** Fields of a schedule that `cronSchedule` accepted, as the numbers that each of them allows. */
interface Fields {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly fits: (day: Date) => boolean;
}

const dayMs = 86_400_000;
/** Starts with a leap year and holds every date: what does not fire in it never fires. */
const window = { from: Date.UTC(2024, 0, 1), days: 4 * 366 };

/** The longest time between two firings of a schedule, in seconds; Infinity when there are none. Changes of clocks are left out. */
export function longestPauseSeconds(schedule: string): number {
  const { minutes, hours, fits } = fieldsOf(schedule);
  const times = hours.flatMap((hour) => minutes.map((minute) => (hour * 60 + minute) * 60_000));
  let last: number | undefined;
  let longest = 0;
  for (let day = 0; day < window.days; day++) {
    const start = window.from + day * dayMs;
    if (!fits(new Date(start))) continue;
    for (const time of times) {
      if (last !== undefined) longest = Math.max(longest, start + time - last);
      last = start + time;
    }
  }
  return longest === 0 ? Number.POSITIVE_INFINITY : longest / 1000;
}

function fieldsOf(schedule: string): Fields {
  const [minute = "*", hour = "*", date = "*", month = "*", weekday = "*"] = schedule.trim().split(/\s+/);
  const dates = numbers(date, 1, 31);
  const months = numbers(month, 1, 12);
  const weekdays = numbers(weekday, 0, 7).map((day) => day % 7);
  return {
    minutes: numbers(minute, 0, 59),
    hours: numbers(hour, 0, 23),
    fits(day) {
      if (!months.includes(day.getUTCMonth() + 1)) return false;
      const [byDate, byWeekday] = [dates.includes(day.getUTCDate()), weekdays.includes(day.getUTCDay())];
      // As cron has it: with both fields given, either of them is enough.
      return date.startsWith("*") || weekday.startsWith("*") ? byDate && byWeekday : byDate || byWeekday;
    },
  };
}

function numbers(field: string, low: number, high: number): number[] {
  const found = field.split(",").flatMap((part) => {
    const [range = "*", step = "1"] = part.split("/");
    const [from = low, to = part.includes("/") ? high : from] =
      range === "*" ? [low, high] : range.split("-").map(Number);
    return Array.from({ length: to - from + 1 }, (_, index) => from + index).filter(
      (number) => (number - from) % Number(step) === 0,
    );
  });
  return [...new Set(found)].sort((a, b) => a - b);
}
