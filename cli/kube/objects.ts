import type { CustomObjectsApi } from "@kubernetes/client-node";
import { type Kube, type KubeObject, type ObjectKind, objectKinds } from "./kube.ts";

/** Calls for the kinds that an operator brought. `reach` words what goes wrong on the way. */
export function objectCalls(
  api: CustomObjectsApi,
  reach: <T>(call: Promise<T>) => Promise<T>,
): Pick<Kube, "objects" | "object" | "create" | "remove"> {
  const at = (kind: ObjectKind, namespace: string) => {
    const { group, version, plural } = objectKinds[kind];
    return { group, version, plural, namespace };
  };
  /** Undefined where it is not there, or its kind is not. */
  const unless404 = <T>(call: Promise<T>): Promise<T | undefined> =>
    reach(
      call.catch((error: unknown) => {
        if ((error as { code?: number }).code === 404) return undefined;
        throw error;
      }),
    );
  return {
    async objects(kind, namespace) {
      const list = await unless404(api.listNamespacedCustomObject(at(kind, namespace)));
      return (list as { items?: KubeObject[] } | undefined)?.items;
    },
    async object(kind, namespace, name) {
      return (await unless404(api.getNamespacedCustomObject({ ...at(kind, namespace), name }))) as
        | KubeObject
        | undefined;
    },
    async create(kind, namespace, object) {
      const { group, version, kind: named } = objectKinds[kind];
      const body = { apiVersion: `${group}/${version}`, kind: named, ...object };
      await reach(api.createNamespacedCustomObject({ ...at(kind, namespace), body }));
    },
    async remove(kind, namespace, name) {
      await unless404(
        api.deleteNamespacedCustomObject({ ...at(kind, namespace), name, propagationPolicy: "Foreground" }),
      );
    },
  };
}
