/** What the cluster's test runs in it, and how it looks at the result from outside. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { get } from "node:http";
import { get as getSecurely } from "node:https";
import { join } from "node:path";

/** A pod of the minimal Debian image that runs a shell command, as a restricted namespace takes it. */
export const pod = (
  debian: string,
  podName: string,
  command: string,
  more: { labels?: Record<string, string>; claim?: string } = {},
) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: podName, namespace: "trial", labels: more.labels ?? {} },
  spec: {
    terminationGracePeriodSeconds: 1,
    securityContext: { runAsNonRoot: true, runAsUser: 10001, seccompProfile: { type: "RuntimeDefault" } },
    containers: [
      {
        name: "main",
        image: debian,
        command: ["/bin/bash", "-c", command],
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
        ...(more.claim ? { volumeMounts: [{ name: "data", mountPath: "/data" }] } : {}),
      },
    ],
    ...(more.claim ? { volumes: [{ name: "data", persistentVolumeClaim: { claimName: more.claim } }] } : {}),
  },
});

/** Shell command of a server that answers every request on port 8080 with "hello". */
export const server = `exec perl -MIO::Socket::INET -e '$SIG{TERM}=sub{exit}; $s=IO::Socket::INET->new(Listen=>9,LocalPort=>8080,ReuseAddr=>1) or die $!; while($c=$s->accept){sysread $c,$_,4096; print $c "HTTP/1.0 200 OK\\r\\n\\r\\nhello"; close $c}'`;

export const policy = (policyName: string, spec: object) => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: { name: policyName, namespace: "trial" },
  spec,
});

export function fetchLocal(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get({ host: "127.0.0.1", port, agent: false, timeout: 3000 }, (response) => {
      let body = "";
      response.on("data", (chunk) => {
        body += chunk;
      });
      response.once("end", () => resolve(body)).once("error", reject);
    });
    request.once("timeout", () => request.destroy(new Error("no answer"))).once("error", reject);
  });
}

export function statusWithoutCertificate(host: string, path: string, ca: Buffer): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const request = getSecurely({ host, port: 6443, path, ca, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.once("error", reject);
  });
}

/** Everything that etcd has on disk: database and write-ahead log. */
export function bytesBelow(dir: string): Buffer {
  const files = readdirSync(dir, { recursive: true, encoding: "utf8" }).map((f) => join(dir, f));
  return Buffer.concat(files.filter((f) => statSync(f).isFile()).map((f) => readFileSync(f)));
}

export function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // an earlier kill took it along
  }
}
