import { exceptions } from "./exceptions.ts";
import { imagePolicies } from "./images.ts";
import { networkPolicies } from "./network.ts";
import { objectPolicies } from "./objects.ts";
import { podPolicies } from "./pods.ts";
import type { Breach, PlannedResource, Policy } from "./resource.ts";

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

export function allPolicies(images: Readonly<Record<string, string>>): Record<string, Policy> {
  return { ...podPolicies, ...imagePolicies(images), ...networkPolicies, ...objectPolicies };
}

/** What a reviewer would say about a plan: every breach but the exceptions, and every exception that is not needed. */
export function findings(
  resources: readonly PlannedResource[],
  images: Readonly<Record<string, string>>,
  allowed: readonly Exception[] = exceptions,
): Finding[] {
  const all = Object.entries(allPolicies(images)).flatMap(([policy, { check }]) =>
    check(resources).map((breach) => ({ policy, ...breach })),
  );
  const matches = (finding: Finding, { policy, resource }: Exception) =>
    finding.policy === policy && finding.resource === resource;
  const stale = allowed
    .filter((exception) => !all.some((finding) => matches(finding, exception)))
    .map(({ policy, resource }) => ({ policy, resource, message: "is an exception that is not needed any more" }));
  return [...all.filter((finding) => !allowed.some((exception) => matches(finding, exception))), ...stale];
}
