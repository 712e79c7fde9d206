const units: Readonly<Record<string, number>> = {
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/** Bytes of a Kubernetes quantity such as `512Mi`; undefined when it is not one. */
export function bytesOf(quantity: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(Ki|Mi|Gi|Ti|k|M|G|T|)$/.exec(quantity);
  return match ? Number(match[1]) * (units[match[2] ?? ""] ?? 1) : undefined;
}

/** Whole mebibytes of a quantity that was checked before. */
export function mebibytes(quantity: string): number {
  return Math.floor((bytesOf(quantity) ?? 0) / 2 ** 20);
}

/** Bytes of a PostgreSQL memory setting (`64MB`, `1GB`; powers of two); undefined without a unit. */
export function postgresBytes(setting: string): number | undefined {
  const match = /^(\d+)(kB|MB|GB|TB)$/.exec(setting);
  const power = { kB: 10, MB: 20, GB: 30, TB: 40 }[match?.[2] ?? ""];
  return match && power ? Number(match[1]) * 2 ** power : undefined;
}
