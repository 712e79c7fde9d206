import * as pulumi from "@pulumi/pulumi";

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

/**
 * Labels every Kubernetes object below whatever it is an option of. Pods are not labelled: a team that takes over would roll them all.
 *
 * @param of.owner name of the team, as of `golive:owner`
 */
export function labelledAs(of: {
  readonly owner: string;
  readonly environment: string;
}): pulumi.ResourceTransformation {
  const labels = { [ownershipLabels.owner]: of.owner, [ownershipLabels.environment]: of.environment };
  return ({ type, props, opts }) => {
    if (!type.startsWith("kubernetes:")) return undefined;
    const metadata = labelled((props as { metadata?: Inputs }).metadata ?? {}, (given: Tree) => ({
      ...given,
      labels: labelled((given["labels"] ?? {}) as Inputs, (own: Tree) => ({ ...own, ...labels })),
    }));
    return { props: { ...(props as object), metadata }, opts };
  };
}

type Tree = Readonly<Record<string, unknown>>;
type Inputs = Tree | pulumi.Output<Tree>;

/** What is known stays plain, so that a preview can show it. */
const labelled = (given: Inputs, add: (tree: Tree) => Tree): Inputs =>
  pulumi.Output.isInstance(given) ? given.apply(add) : add(given);

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
