import type { Answer } from "./kubernetes-server.ts";
import { statusObject } from "./kubernetes-server.ts";

const clusters = "/apis/postgresql.cnpg.io/v1/namespaces/app/clusters";
const pods = "/api/v1/namespaces/app/pods";
const name = "postgres-drill";

export interface MadeCluster {
  readonly metadata: {
    readonly name: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly unknown[];
  };
  readonly spec: {
    readonly plugins?: unknown;
    readonly bootstrap: { readonly recovery: { readonly recoveryTarget: { readonly targetLSN: string } } };
  };
}

/** The namespace `app` of a cluster with CloudNativePG in it, for who has the rights of a drill and no others. */
export class FakeOperator {
  cluster: MadeCluster | undefined;
  readonly made: MadeCluster[] = [];
  deleted = 0;
  /** Phases of pods by their names. */
  readonly podPhases = new Map<string, string>();
  /** Of the pod of the recovery; undefined before it is made. */
  recovery: { phase: string; log: string } | undefined;
  /** What the Cluster's status says. */
  status: () => unknown = () => ({ phase: "Setting up primary", phaseReason: "Creating primary instance" });
  /** Called when one is made. */
  onMade: (cluster: MadeCluster) => void = () => {};
  /** Answers that come instead, one a request. */
  readonly instead: Answer[] = [];
  /** Position of the request that is answered with an error of the server, from 0. */
  failsAt: number | undefined;
  requests = 0;
  /** Looks at the Cluster until it is gone after its deletion. */
  lingers = 1;
  #deleting = false;

  /** Comes to its end at once. */
  healthy(): void {
    this.status = () => ({
      phase: "Cluster in healthy state",
      managedRolesStatus: { byStatus: { reconciled: ["backup"] } },
    });
  }

  readonly answer = (request: string, body: unknown): Answer => {
    if (this.requests++ === this.failsAt) return statusObject(500, "etcdserver: leader changed");
    const odd = this.instead.shift();
    if (odd) return odd;
    const [method, url = ""] = request.split(" ");
    const path = url.split("?")[0] ?? "";
    if (method === "POST" && path === clusters) return this.#create(body as MadeCluster);
    if (method === "GET" && path === `${clusters}/${name}`) return this.#read();
    if (method === "DELETE" && path === `${clusters}/${name}`) return this.#delete(url);
    if (method === "GET" && path === pods) return { status: 200, body: { items: this.#recoveryPods(url) } };
    const log = /\/([^/]+)\/log$/.exec(path);
    if (method === "GET" && log) return { status: 200, body: this.recovery?.log ?? "" };
    const pod = path.startsWith(`${pods}/`) ? path.slice(pods.length + 1) : "";
    if (method === "GET" && pod !== "") {
      const phase = this.podPhases.get(pod);
      return phase === undefined
        ? statusObject(404, `pods "${pod}" not found`)
        : { status: 200, body: { metadata: { name: pod }, status: { phase } } };
    }
    return statusObject(403, `${request} is forbidden`);
  };

  #create(cluster: MadeCluster): Answer {
    if (this.cluster) return statusObject(409, "already exists");
    this.cluster = cluster;
    this.#deleting = false;
    this.made.push(cluster);
    this.onMade(cluster);
    return { status: 201, body: cluster };
  }

  #read(): Answer {
    if (this.#deleting && this.lingers-- <= 0) this.cluster = undefined;
    if (this.cluster === undefined) return statusObject(404, `clusters "${name}" not found`);
    return { status: 200, body: { ...this.cluster, status: this.status() } };
  }

  #delete(url: string): Answer {
    if (this.cluster === undefined) return statusObject(404, `clusters "${name}" not found`);
    if (!url.includes("propagationPolicy=Foreground")) return statusObject(400, "its pods would be left");
    this.deleted++;
    this.#deleting = true;
    return { status: 200, body: {} };
  }

  #recoveryPods(url: string): unknown[] {
    const selector = decodeURIComponent(url.split("labelSelector=")[1] ?? "");
    if (selector !== `cnpg.io/cluster=${name},cnpg.io/jobRole=full-recovery` || this.recovery === undefined) return [];
    const metadata = { name: `${name}-1-full-recovery-abcde`, creationTimestamp: "2026-11-25T05:00:00Z" };
    return [{ metadata, status: { phase: this.recovery.phase } }];
  }
}
