/** What travels in properties, once secrets are opened. */
export type Value = null | boolean | number | string | readonly Value[] | { readonly [key: string]: Value };
export type Properties = { readonly [key: string]: Value };

/** The engine's own marks: of a value to be known later, and of a wrapped one (`sdk/go/common/resource/sig`). */
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const signature = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

export interface Opened {
  readonly properties: Properties;
  /** Names of those that held a secret anywhere within. */
  readonly secrets: ReadonlySet<string>;
}

/** Properties as the engine sends them, without their wraps. */
export function openProperties(sent: Properties): Opened {
  const secrets = new Set<string>();
  const entries = Object.entries(sent).map(([name, value]) => {
    const found = { secret: false };
    const opened = openValue(value, found);
    if (found.secret) secrets.add(name);
    return [name, opened] as const;
  });
  return { properties: Object.fromEntries(entries), secrets };
}

/** Properties as the engine takes them: what is named is secret, what is undefined is left out. */
export function sealProperties(
  properties: Readonly<Record<string, Value | undefined>>,
  secrets: ReadonlySet<string>,
): Properties {
  const given = Object.entries(properties).filter((entry): entry is [string, Value] => entry[1] !== undefined);
  return Object.fromEntries(
    given.map(([name, value]) => [
      name,
      secrets.has(name) && value !== null ? { [signature]: secretSignature, value } : value,
    ]),
  );
}

export function isUnknown(value: Value | undefined): boolean {
  return value === unknown;
}

/** True where any part is to be known later only. */
export function holdsUnknown(value: Value | undefined): boolean {
  if (isUnknown(value)) return true;
  if (value === null || typeof value !== "object") return false;
  return Object.values(value).some(holdsUnknown);
}

export function isRecord(value: Value | undefined): value is Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function openValue(value: Value, found: { secret: boolean }): Value {
  if (Array.isArray(value)) return value.map((item: Value) => openValue(item, found));
  if (!isRecord(value)) return value;
  if (value[signature] === secretSignature) {
    found.secret = true;
    return openValue(value["value"] ?? null, found);
  }
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, openValue(inner, found)]));
}
