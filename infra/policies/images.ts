import { type Breach, containerPolicy, type Part, type Policy } from "./resource.ts";

/** Images that may run: those of the table, in the very references it gives. */
export function imagePolicies(
  images: Readonly<Record<string, string>>,
): Record<"fromTheTable" | "neverLatest" | "database", Policy> {
  const known = new Set(Object.values(images));
  return {
    fromTheTable: containerPolicy("one table says what runs; a release changes it and nothing else", ({ image }) =>
      known.has(image) ? undefined : `runs ${image}, which is not in the table of images`,
    ),
    neverLatest: containerPolicy("a tag that moves is another program tomorrow", ({ image }) =>
      /@sha256:[0-9a-f]{64}$/.test(image) || (/:[^/:]+$/.test(image) && !image.endsWith(":latest"))
        ? undefined
        : `runs ${image}, a moving reference`,
    ),
    database: {
      why: "instances of the database are pods as well",
      check: (resources): Breach[] =>
        resources
          .filter(({ type }) => type === "kubernetes:postgresql.cnpg.io/v1:ImageCatalog")
          .flatMap(({ name, inputs }) =>
            (inputs.spec as Part).images
              .filter(({ image }: Part) => !known.has(image))
              .map(({ image }: Part) => ({
                resource: name,
                message: `runs ${image}, which is not in the table of images`,
              })),
          ),
    },
  };
}
