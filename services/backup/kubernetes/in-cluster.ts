import { readFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";

/** Where a pod finds its token and the certificate of the API's authority. Source: "Accessing the API from within a Pod", Kubernetes. */
const accountFolder = "/var/run/secrets/kubernetes.io/serviceaccount";

/** Of an answer; a list of this platform's objects is far below. */
const mostBytes = 16 * 2 ** 20;

/** The API of the cluster that this pod runs in, asked as its service account. */
export interface KubernetesApi {
  /** Namespace of this pod. */
  readonly namespace: string;
  /** One request. @throws KubernetesRefusal for a status of 400 and above, Error when the API does not answer. */
  ask(method: "GET" | "POST" | "PATCH" | "DELETE", path: string, body?: unknown): Promise<unknown>;
  /** An answer that is no JSON: the log of a container. @throws like `ask` */
  text(path: string): Promise<string>;
}

/** The API answered, and said no. */
export class KubernetesRefusal extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export interface InClusterOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  /** @default where Kubernetes mounts it */
  readonly folder?: string;
}

/** @throws Error outside of a cluster, or when the pod has no token. */
export function inClusterApi({ env, signal, folder = accountFolder }: InClusterOptions): KubernetesApi {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = "443" } = env;
  if (!host) throw new Error("this is no pod of a cluster: KUBERNETES_SERVICE_HOST is not set");
  const read = (file: string) => readFileSync(join(folder, file), "utf8");
  const ca = read("ca.crt");
  const asked = async (method: Sent["method"], path: string, body?: unknown): Promise<string> => {
    // Tokens are exchanged for new ones while the pod runs.
    const token = read("token").trim();
    const { status, text } = await send({ host, port, ca, token, method, path, body, signal });
    if (status >= 400) throw new KubernetesRefusal(status, `${method} ${path}: ${status} ${messageOf(text)}`.trim());
    return text;
  };
  return {
    namespace: read("namespace").trim(),
    ask: async (method, path, body) => {
      const text = await asked(method, path, body);
      return text === "" ? undefined : JSON.parse(text);
    },
    text: (path) => asked("GET", path),
  };
}

interface Sent {
  readonly host: string;
  readonly port: string;
  readonly ca: string;
  readonly token: string;
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  readonly signal: AbortSignal;
}

function send({ host, port, ca, token, method, path, body, signal }: Sent): Promise<{ status: number; text: string }> {
  const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
  const headers = { authorization: `Bearer ${token}`, accept: "application/json", "content-type": type };
  return new Promise((resolve, reject) => {
    const sent = request({ host, port, path, method, ca, signal, headers }, async (answer) => {
      try {
        let text = "";
        for await (const chunk of answer.setEncoding("utf8")) {
          text += chunk;
          if (text.length > mostBytes) throw new Error(`${method} ${path}: the answer is too long`);
        }
        resolve({ status: answer.statusCode ?? 0, text });
      } catch (error) {
        reject(error);
      }
    });
    sent.on("error", (error) =>
      reject(new Error(`the Kubernetes API does not answer: ${error.message}`, { cause: error })),
    );
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** A Status object has a message; anything else is not worth a line. */
function messageOf(text: string): string {
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    return typeof message === "string" ? message : "";
  } catch {
    return "";
  }
}
