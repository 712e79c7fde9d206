import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface KubernetesServer {
  /** Where a pod has its token and the authority. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** `GET /path`, as they came; those without the right token are not among them. */
  readonly asked: readonly string[];
  stop(): Promise<void>;
}

export interface Answer {
  readonly status: number;
  /** A string is sent as it is: the log of a container. */
  readonly body: unknown;
}

export const statusObject = (status: number, message: string): Answer => ({
  status,
  body: { kind: "Status", apiVersion: "v1", status: "Failure", message, code: status },
});

/** An HTTPS server that answers like the Kubernetes API of a cluster, with what the test says. */
export async function startKubernetes(answer: (request: string, body: unknown) => Answer): Promise<KubernetesServer> {
  const folder = mkdtempSync(join(tmpdir(), "golive-kubernetes-"));
  const file = (name: string) => join(folder, name);
  const ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  const names = ["-subj", "/CN=kubernetes", "-addext", "subjectAltName=IP:127.0.0.1"];
  execFileSync("openssl", ["req", "-x509", ...ec, ...names, "-keyout", file("key.pem"), "-out", file("ca.crt")], {
    stdio: "ignore",
  });
  writeFileSync(file("token"), "the token\n");
  writeFileSync(file("namespace"), "app");
  const asked: string[] = [];
  const tls = { key: readFileSync(file("key.pem")), cert: readFileSync(file("ca.crt")) };
  const server = createServer(tls, async (request, response) => {
    const body = await bodyOf(request);
    const known = request.headers.authorization === "Bearer the token";
    const line = `${request.method} ${request.url}`;
    if (known) asked.push(line);
    const { status, body: said } = known ? answer(line, body) : statusObject(401, "Unauthorized");
    const isText = typeof said === "string";
    response.writeHead(status, { "content-type": isText ? "text/plain" : "application/json" });
    response.end(isText ? said : JSON.stringify(said));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    folder,
    env: {
      KUBERNETES_SERVICE_HOST: "127.0.0.1",
      KUBERNETES_SERVICE_PORT: String((server.address() as AddressInfo).port),
    },
    asked,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) text += chunk;
  return text === "" ? undefined : JSON.parse(text);
}
