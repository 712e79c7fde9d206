import { isRecord, type Properties, type Value } from "../values.ts";

/** Parts of an answer, by what the provider expects there; anything else is an answer it cannot read. */
export function record(value: Value | undefined, what: string): Properties {
  if (!isRecord(value)) throw new Error(`sentry's answer holds no ${what}`);
  return value;
}

export function items(value: Value | undefined, what: string): readonly Properties[] {
  if (!Array.isArray(value)) throw new Error(`sentry's answer holds no ${what}`);
  return value.map((item: Value) => record(item, what));
}

export function text(value: Value | undefined, what: string): string {
  if (typeof value !== "string") throw new Error(`sentry's answer holds no ${what}`);
  return value;
}

/** Absent where it is null. */
export function present(value: Value | undefined): Value | undefined {
  return value ?? undefined;
}

/** Without what is undefined. */
export function given(entries: Readonly<Record<string, Value | undefined>>): Properties {
  return Object.fromEntries(
    Object.entries(entries).filter((entry): entry is [string, Value] => entry[1] !== undefined),
  );
}
