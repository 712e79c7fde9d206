import { parseAllDocuments } from "yaml";

/** A Kubernetes object as the manifest has it. */
export interface ManifestObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Record<string, string> };
  readonly [field: string]: unknown;
}

interface Container {
  image: string;
  imagePullPolicy: string;
  env: { name: string; value?: string }[];
  resources: unknown;
  securityContext: Record<string, unknown>;
  startupProbe: Record<string, unknown>;
}

/**
 * The operator's manifest, made fit for this platform: our image, pulled only when absent, and requests it can live on.
 * The Namespace is left out: ours carries the Pod Security labels.
 */
export function operatorObjects(manifest: string, image: string): ManifestObject[] {
  const documents = [...parseAllDocuments(manifest)];
  const objects = documents.map((document) => {
    const [error] = document.errors;
    if (error) throw new Error("the operator's manifest is not YAML", { cause: error });
    return document.toJS() as ManifestObject | null;
  });
  const wanted = objects.filter((object): object is ManifestObject => object !== null && object.kind !== "Namespace");
  const deployments = wanted.filter(({ kind }) => kind === "Deployment");
  if (deployments.length !== 1)
    throw new Error(`the operator's manifest has ${deployments.length} Deployments, one was expected`);
  return wanted.map((object) => (object.kind === "Deployment" ? patched(object, image) : object));
}

function patched(deployment: ManifestObject, image: string): ManifestObject {
  const copy = structuredClone(deployment) as ManifestObject & {
    spec: { template: { spec: { containers: Container[]; enableServiceLinks?: boolean } } };
  };
  const pod = copy.spec.template.spec;
  pod.enableServiceLinks = false;
  for (const container of pod.containers) {
    container.image = image;
    container.imagePullPolicy = "IfNotPresent";
    // Instances run the operator's own binary: it starts them with this image.
    for (const variable of container.env) if (variable.name === "OPERATOR_IMAGE_NAME") variable.value = image;
    // Upstream limits the CPU to a tenth of a core, which makes its own start-up probe fail on a busy node.
    container.resources = { requests: { cpu: "50m", memory: "200Mi" }, limits: { memory: "200Mi" } };
    container.securityContext = { ...container.securityContext, runAsNonRoot: true };
    container.startupProbe = { ...container.startupProbe, failureThreshold: 30 };
  }
  return copy;
}
