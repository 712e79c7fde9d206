import { cloudPolicies } from "./cloud.ts";
import { dataPolicies } from "./data.ts";
import { exceptions } from "./exceptions.ts";
import { imagePolicies } from "./images.ts";
import { networkPolicies } from "./network.ts";
import { objectPolicies } from "./objects.ts";
import { podPolicies } from "./pods.ts";
import type { Breach, PlannedResource, Policy } from "./resource.ts";
import { rulePolicies } from "./rules.ts";
import { textPolicies } from "./text.ts";

/** A breach and the policy it is of. */
export interface Finding extends Breach {
  readonly policy: string;
}

/** A breach that is wanted, and why. One that no longer happens is itself a finding. */
export interface Exception {
  readonly policy: string;
  readonly resource: string;
  readonly reason: string;
}

/** What policies know of a stack beside its resources. */
export interface PolicyFacts {
  /** Table of images: name → reference. */
  readonly images: Readonly<Record<string, string>>;
  /** `golive:protect`. */
  readonly isProtected: boolean;
  /** Slugs of the pages of alerts. */
  readonly pages: ReadonlySet<string>;
}

export function allPolicies({ images, isProtected, pages }: PolicyFacts): Record<string, Policy> {
  return {
    ...podPolicies,
    ...imagePolicies(images),
    ...networkPolicies,
    ...objectPolicies,
    ...textPolicies,
    ...dataPolicies(isProtected),
    ...cloudPolicies,
    ...rulePolicies(pages),
  };
}

/** What a reviewer would say about a plan: every breach but the exceptions, and every exception that is not needed. */
export function findings(
  resources: readonly PlannedResource[],
  facts: PolicyFacts,
  allowed: readonly Exception[] = exceptions,
): Finding[] {
  const all = Object.entries(allPolicies(facts)).flatMap(([policy, { check }]) =>
    check(resources).map((breach) => ({ policy, ...breach })),
  );
  const matches = (finding: Finding, { policy, resource }: Exception) =>
    finding.policy === policy && finding.resource === resource;
  const names = new Set(resources.map(({ name }) => name));
  const stale = allowed
    .filter((exception) => !all.some((finding) => matches(finding, exception)))
    // Not every stack has every part; what is there and behaves needs no exception.
    .filter(({ resource }) => names.has(resource))
    .map(({ policy, resource }) => ({ policy, resource, message: "is an exception that is not needed any more" }));
  return [...all.filter((finding) => !allowed.some((exception) => matches(finding, exception))), ...stale];
}
