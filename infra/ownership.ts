import * as pulumi from "@pulumi/pulumi";
import { ownershipLabels } from "./metadata.ts";

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
