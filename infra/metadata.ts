/** Standard labels of everything the program makes; `component` says what the thing is to the platform. */
export function standardLabels(name: string, component: string): Record<string, string> {
  return {
    "app.kubernetes.io/name": name,
    "app.kubernetes.io/component": component,
    "app.kubernetes.io/part-of": "golive",
    "app.kubernetes.io/managed-by": "pulumi",
  };
}

/** Whose an object is, and in which environment: the first two questions about anything that is found in a cluster. */
export const ownershipLabels = { owner: "golive.dev/owner", environment: "golive.dev/environment" } as const;

/** The name that server-side apply knows the program by. */
export const fieldManager = "golive";

/**
 * Metadata of an object that the stack owns. Server-side apply knows owners by name, and the provider makes one up for
 * every object it creates: a run that is killed before it wrote its state down would then fight its own earlier self.
 *
 * What somebody has edited by hand belongs to that hand, and an update would end in a conflict; forced, it puts back what the program
 * says. Fields that the program does not name stay whoever's they are.
 */
export function owned<T extends object>(metadata: T): T & { annotations: Record<string, string> } {
  const { annotations = {} } = metadata as { annotations?: Record<string, string> };
  return {
    ...metadata,
    annotations: { ...annotations, "pulumi.com/patchFieldManager": fieldManager, "pulumi.com/patchForce": "true" },
  };
}

/**
 * For Services: the Deployment behind is waited for, and waiting for its endpoints too costs ten seconds each. It would
 * also hang an update that replaces pods which never became ready.
 */
export const unawaited = { "pulumi.com/skipAwait": "true" } as const;
