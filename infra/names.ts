/** The namespaces of the platform, by the part that lives in them. */
export type NamespaceKey = "app" | "storage" | "observability" | "operator";

export type NamespaceNames = Readonly<Record<NamespaceKey, string>>;

/** `cnpg-system` is fixed by the operator's own manifest; the others carry the stack's prefix. */
export function namespaceNames(prefix: string): NamespaceNames {
  return {
    app: `${prefix}-app`,
    storage: `${prefix}-storage`,
    observability: `${prefix}-observability`,
    operator: "cnpg-system",
  };
}

/** DNS name of a Service as pods of every namespace reach it. */
export function serviceHost(service: string, namespace: string): string {
  return `${service}.${namespace}.svc.cluster.local`;
}
