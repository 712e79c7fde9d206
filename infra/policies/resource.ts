/** A resource as the engine is asked for it; policies look at nothing else, so they need no engine and no cluster. */
export interface PlannedResource {
  /** Pulumi type, like `kubernetes:apps/v1:Deployment`. */
  readonly type: string;
  /** Logical name. */
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** As it is now; absent for what is new, and where nobody asked the engine. */
  readonly old?: Readonly<Record<string, unknown>> | undefined;
  /** The engine refuses to delete it. */
  readonly protect?: boolean;
  /** It stays when the stack forgets it. */
  readonly retain?: boolean;
}

/** What a policy found: the resource and what is wrong with it. */
export interface Breach {
  readonly resource: string;
  readonly message: string;
}

export interface Policy {
  readonly why: string;
  check(resources: readonly PlannedResource[]): Breach[];
}

/** Any part of a Kubernetes object; absent parts read as undefined all the way down. */
// biome-ignore lint/suspicious/noExplicitAny: policies walk objects of every kind
export type Part = any;

export const kindOf = ({ type }: PlannedResource): string => type.split(":").at(-1) ?? "";

type Metadata = {
  name?: string;
  namespace?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
};

export const metadataOf = ({ inputs }: PlannedResource): Metadata => (inputs.metadata as object | undefined) ?? {};

/** Kubernetes objects of the plan: no components, no providers, nothing of a cloud. */
export function kubernetesObjects(resources: readonly PlannedResource[]): PlannedResource[] {
  return resources.filter(({ type }) => type.startsWith("kubernetes:"));
}

export interface PodTemplate {
  readonly resource: string;
  /** Kind that makes the pods. */
  readonly kind: string;
  readonly namespace: string;
  readonly labels: Record<string, string>;
  readonly spec: Part;
  readonly containers: readonly Part[];
}

/** Every pod template of the plan, whatever kind it is in. */
export function podTemplates(resources: readonly PlannedResource[]): PodTemplate[] {
  return resources.flatMap((resource) => {
    const outer = resource.inputs.spec as Part;
    const template = outer?.jobTemplate?.spec?.template ?? outer?.template;
    if (!template?.spec?.containers) return [];
    const { spec, metadata } = template;
    return [
      {
        resource: resource.name,
        kind: kindOf(resource),
        namespace: metadataOf(resource).namespace ?? "",
        labels: metadata?.labels ?? {},
        spec,
        containers: [...(spec.initContainers ?? []), ...spec.containers],
      },
    ];
  });
}

/** A policy that looks at one container at a time; the check returns what is wrong, or nothing. */
export function containerPolicy(why: string, check: (container: Part, pod: PodTemplate) => string | undefined): Policy {
  return {
    why,
    check: (resources) =>
      podTemplates(resources).flatMap((pod) =>
        pod.containers.flatMap((container) => {
          const wrong = check(container, pod);
          return wrong === undefined
            ? []
            : [{ resource: pod.resource, message: `container "${container.name}" ${wrong}` }];
        }),
      ),
  };
}

/** A policy that looks at one pod template at a time. */
export function podPolicy(why: string, check: (pod: PodTemplate) => string | undefined): Policy {
  return {
    why,
    check: (resources) =>
      podTemplates(resources).flatMap((pod) => {
        const wrong = check(pod);
        return wrong === undefined ? [] : [{ resource: pod.resource, message: wrong }];
      }),
  };
}

/** A policy that looks at one object of a kind at a time. */
export function objectPolicy(
  kind: string,
  why: string,
  check: (object: PlannedResource) => string | undefined,
): Policy {
  return {
    why,
    check: (resources) =>
      resources
        .filter((resource) => kindOf(resource) === kind)
        .flatMap((resource) => {
          const wrong = check(resource);
          return wrong === undefined ? [] : [{ resource: resource.name, message: wrong }];
        }),
  };
}
