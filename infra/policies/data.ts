import { bytesOf } from "../config/quantities.ts";
import { dataBearingOf } from "./data-bearing.ts";
import { metadataOf, objectPolicy, type Part, type PlannedResource, type Policy } from "./resource.ts";

/** Bytes of a quantity, or undefined where it is none: a value that is not known yet, say. */
const bytes = (quantity: unknown) => bytesOf(String(quantity));

const sizeOf = ({ type, inputs }: Pick<PlannedResource, "type" | "inputs">): unknown => {
  const spec = inputs.spec as Part;
  if (type.endsWith(":PersistentVolumeClaim")) return spec?.resources?.requests?.storage;
  return type.endsWith(":postgresql.cnpg.io/v1:Cluster") ? spec?.storage?.size : undefined;
};

/** @param isProtected what the stack's configuration says: a throwaway stack may lose its data */
export const dataPolicies = (isProtected: boolean) =>
  ({
    dataIsProtected: {
      why: "one wrong line must not take the data with it",
      check: (resources) =>
        isProtected
          ? resources.flatMap(({ name, type, inputs, protect, retain }) => {
              const kept = dataBearingOf(type, inputs)?.kept;
              if (kept === undefined) return [];
              if (protect !== true) return [{ resource: name, message: "holds data and is not protected" }];
              // The engine's events do not say whether it is retained: undefined is not known.
              return kept === "retained" && retain === false
                ? [{ resource: name, message: "holds data and would be deleted with the stack" }]
                : [];
            })
          : [],
    },
    neverSmaller: {
      why: "volumes grow and never shrink: the API server refuses it half way through an update",
      check: (resources) =>
        resources.flatMap(({ name, type, inputs, old }) => {
          if (old === undefined) return [];
          const [before, after] = [bytes(sizeOf({ type, inputs: old })), bytes(sizeOf({ type, inputs }))];
          if (before === undefined || after === undefined || after >= before) return [];
          return [
            { resource: name, message: `shrinks from ${sizeOf({ type, inputs: old })} to ${sizeOf({ type, inputs })}` },
          ];
        }),
    },
    sameMajor: {
      why: "another major version does not read the data: it is a migration, with a backup before it, and no update",
      check: (resources) =>
        resources
          .filter(({ type, old }) => type.endsWith(":ImageCatalog") && old !== undefined)
          .flatMap(({ name, inputs, old }) => {
            const majors = (of: Part): string => (of?.spec?.images ?? []).map(({ major }: Part) => major).join(", ");
            return majors(inputs) === majors(old)
              ? []
              : [{ resource: name, message: `goes from PostgreSQL ${majors(old)} to ${majors(inputs)}` }];
          }),
    },
    storageClass: objectPolicy(
      "StorageClass",
      "disks leave data centres; and a volume that cannot grow fills up",
      ({ inputs }) => {
        const { encrypted } = (inputs.parameters as Part) ?? {};
        if (String(encrypted) !== "true") return "does not encrypt";
        return inputs.allowVolumeExpansion === true ? undefined : "does not let volumes grow";
      },
    ),
    notInDefault: {
      why: "what is in a namespace of everybody's has everybody's rules",
      check: (resources) =>
        resources
          .filter(({ type }) => type.startsWith("kubernetes:"))
          .filter((resource) => metadataOf(resource).namespace === "default")
          .map(({ name }) => ({ resource: name, message: 'is in the namespace "default"' })),
    },
  }) as const satisfies Record<string, Policy>;
