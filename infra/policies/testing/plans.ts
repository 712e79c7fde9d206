import { opened, type Seen } from "../../testing/mocks.ts";
import { testImages } from "../../testing/stacks.ts";
import type { PolicyFacts } from "../check.ts";
import { alertPageSlugs } from "../pages.ts";
import type { Part, PlannedResource } from "../resource.ts";

/** What a program asked for under mocks, as policies see it. */
export function plan({ resources, kept }: Seen): PlannedResource[] {
  return resources.map((resource) => {
    const known: PlannedResource = { ...resource, ...kept.get(`${resource.type} ${resource.name}`) };
    return resource.type.endsWith(":Secret")
      ? known
      : { ...known, inputs: opened(resource.inputs) as object as PlannedResource["inputs"] };
  });
}

export const facts = (isProtected: boolean): PolicyFacts => ({
  images: testImages(isProtected),
  isProtected,
  pages: alertPageSlugs(),
});

export type Damage = (inputs: Part) => void;

/** The plan with the inputs of one resource damaged. */
export const damaged = (plan: readonly PlannedResource[], name: string, damage: Damage): PlannedResource[] =>
  structuredClone([...plan]).map((resource) => {
    if (resource.name === name) damage(resource.inputs);
    return resource;
  });
