type Labels = Readonly<Record<string, string>>;

/** Series as promtool writes them (a value a minute, or as often as said), the moment that is looked at, and the labels of what fires. */
export interface AlertCase {
  readonly series: Labels;
  readonly at: string;
  /** Pause between two values and two looks at the rules; longer for alerts that wait for days. @default 1m */
  readonly every?: "1m" | "1h";
  /** Labels besides the alert's own, or those of several alerts; nothing when it must stay silent. */
  readonly fires?: Labels | readonly Labels[];
  /** The value as the description prints it, where it does. */
  readonly value?: string;
}

/** Cases of each alert: fires, stays silent although something happens, and without any data. */
export type AlertCases<Name extends string = string> = Readonly<Record<Name, readonly AlertCase[]>>;

/** No series at all, for longer than most alerts wait. */
export const noData: AlertCase = { series: {}, at: "70m" };
/** The same for alerts that wait for days. */
export const noDataForDays: AlertCase = { every: "1h", series: {}, at: "200h" };
