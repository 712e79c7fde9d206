/** Whose requests share a count: those of an address, or those of whoever signed in, with the address for everybody else. */
export type LimitKey = "client" | "principal";

/** Without the shared count: go on with one of this replica's own, or refuse. */
export type OnStoreError = "open" | "closed";

/** `dry-run` counts and tells the metrics whom it would refuse; `off` does not even count. */
export const limitModes = ["enforce", "dry-run", "off"] as const;
export type LimitMode = (typeof limitModes)[number];

export interface LimitPolicy {
  /** Requests of one key in a window. */
  readonly points: number;
  /** Length of the window, which begins with the key's first request. */
  readonly seconds: number;
  readonly key: LimitKey;
  readonly onStoreError: OnStoreError;
  readonly why: string;
}

/** What is limited, and how far; `RATE_LIMITS` changes points, seconds and mode. */
export const policies = {
  login: {
    points: 10,
    seconds: 60,
    key: "client",
    onStoreError: "closed",
    why: "ten tries a minute forgive typing errors and make guessing hopeless; guesses that nobody counts would be the hole, so it closes",
  },
  write: {
    points: 120,
    seconds: 60,
    key: "principal",
    onStoreError: "open",
    why: "two changes a second, sustained, are a script; the database answers them one by one",
  },
  read: {
    points: 600,
    seconds: 60,
    key: "principal",
    onStoreError: "open",
    why: "a page of the console asks a few times and again every few seconds; ten a second leave room for several tabs",
  },
  proxy: {
    points: 1_200,
    seconds: 60,
    key: "principal",
    onStoreError: "open",
    why: "what lies behind the proxy loads its own scripts and pictures, so a person makes more requests there",
  },
  expensive: {
    points: 10,
    seconds: 60,
    key: "principal",
    onStoreError: "open",
    why: "each starts work of minutes; a second client shall find room beside the first",
  },
} as const satisfies Readonly<Record<string, LimitPolicy>>;

export type PolicyName = keyof typeof policies;

export const policyNames = Object.keys(policies) as PolicyName[];
