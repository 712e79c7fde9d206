/** Images the program places into pods. `golive` builds them for `local`; other stacks name them by digest. */
export const imageNames = [
  "cnpg-operator",
  "postgresql",
  "barman-plugin",
  "barman-sidecar",
  "versitygw",
  "jaeger",
  "prometheus",
  "alertmanager",
  "alert-log",
  "bugsink",
  "runbooks",
  "valkey",
  "gateway",
  "backup",
  "backup-drill",
] as const;

export type ImageName = (typeof imageNames)[number];
export type Images = Readonly<Record<ImageName, string>>;

/** One message a missing image; names the table does not know are left alone (base images, cluster add-ons). */
export function missingImages(images: Readonly<Record<string, string>>): ImageName[] {
  return imageNames.filter((name) => !images[name]);
}
