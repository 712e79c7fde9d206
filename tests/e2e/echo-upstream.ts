import { kubectl, prefix } from "./golive.ts";

const namespace = `${prefix}-upstream`;

/**
 * What runs in the pod: answers with what it was sent, one number after the other on /stream, and greets WebSockets with their
 * trace. Node's own modules alone, since the image has no others for it.
 */
const script = `
const { createServer } = require("node:http");
const { createHash } = require("node:crypto");
const server = createServer((request, response) => {
  if (request.url === "/echo/stream") {
    response.writeHead(200, { "content-type": "text/event-stream" });
    let n = 0;
    const timer = setInterval(() => { response.write("data: " + n + "\\n\\n"); if (++n === 5) { clearInterval(timer); response.end(); } }, 50);
    return;
  }
  let bytes = 0;
  request.on("data", (chunk) => { bytes += chunk.length; });
  request.on("end", () => response.writeHead(200, { "content-type": "application/json" })
    .end(JSON.stringify({ method: request.method, url: request.url, headers: request.headers, bytes })));
});
server.on("upgrade", (request, socket) => {
  const accept = createHash("sha1").update(request.headers["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest("base64");
  socket.write("HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\nSec-WebSocket-Accept: " + accept + "\\r\\n\\r\\n");
  const text = Buffer.from(request.headers.traceparent ?? "none");
  socket.write(Buffer.concat([Buffer.from([0x81, text.length]), text]));
  socket.on("error", () => {});
});
server.listen(8080);
`;

/** A service of somebody else behind the gateway, in a namespace of its own, where the configuration of the stack says it is. */
export async function startEcho(image: string): Promise<void> {
  const labels = { app: "echo" };
  const objects = [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "echo", namespace },
      spec: { selector: labels, ports: [{ port: 80, targetPort: 8080 }] },
    },
    {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "echo", namespace, labels },
      spec: {
        terminationGracePeriodSeconds: 0,
        containers: [
          {
            name: "echo",
            image,
            imagePullPolicy: "IfNotPresent",
            command: ["node", "-e", script],
            readinessProbe: { httpGet: { path: "/", port: 8080 }, periodSeconds: 1 },
          },
        ],
      },
    },
  ];
  await kubectl(["apply", "-f", "-"], { input: objects.map((object) => JSON.stringify(object)).join("\n---\n") });
  await kubectl(["-n", namespace, "wait", "--for=condition=Ready", "pod/echo", "--timeout=100s"]);
}

export async function stopEcho(): Promise<void> {
  await kubectl(["delete", "namespace", namespace, "--ignore-not-found", "--wait=false"]);
}
