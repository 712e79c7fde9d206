import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { afterEach, expect, test } from "vitest";
import { kubeClient, podFacts } from "./client.ts";

// The client against an API server over real HTTP, played by a table of answers.
const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const one of cleanUp.splice(0)) await one();
});

type Answer = (request: IncomingMessage, body: string) => unknown;

async function cluster(answers: Record<string, Answer>, signal = new AbortController().signal) {
  const seen: string[] = [];
  const server = createServer(async (request: IncomingMessage, response: ServerResponse) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const path = (request.url ?? "").split("?")[0] ?? "";
    seen.push(`${request.method} ${path}`);
    const answer = Object.entries(answers).find(([pattern]) =>
      new RegExp(`^${pattern}$`).test(`${request.method} ${path}`),
    )?.[1];
    const given = answer?.(request, body);
    if (typeof given === "string") return response.end(given);
    if (typeof given === "function") return given(response);
    response.writeHead(given === undefined ? 404 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(given ?? { kind: "Status", code: 404 }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const folder = mkdtempSync(join(tmpdir(), "golive-kube-"));
  cleanUp.push(
    () => server.close(),
    () => rmSync(folder, { recursive: true }),
  );
  const kubeconfig = join(folder, "config");
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      clusters: [
        {
          name: "c",
          cluster: {
            "insecure-skip-tls-verify": true,
            server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
          },
        },
      ],
      users: [{ name: "u", user: {} }],
      contexts: [{ name: "golive", context: { cluster: "c", user: "u" } }],
      "current-context": "someone-elses",
    }),
  );
  return {
    seen,
    server,
    kubeconfig,
    kube: kubeClient({ kubeconfig, context: "golive" }, signal),
  };
}

const jobs = "/apis/batch/v1/namespaces/golive-app";
const pods = "/api/v1/namespaces/golive-app/pods";
const template = {
  spec: {
    schedule: "x",
    jobTemplate: {
      metadata: { labels: { a: "b" } },
      spec: {
        backoffLimit: 3,
        template: {
          spec: {
            containers: [
              {
                name: "backup",
                args: ["run"],
                env: [
                  { name: "PGHOST", value: "a" },
                  { name: "B", value: "b" },
                ],
              },
            ],
          },
        },
      },
    },
  },
};
const running = {
  metadata: { name: "p", namespace: "golive-app" },
  spec: { containers: [{ name: "backup" }] },
  status: { phase: "Running" },
};
const ended = (exitCode: number) => ({
  ...running,
  status: {
    phase: "Failed",
    containerStatuses: [{ name: "backup", restartCount: 0, state: { terminated: { exitCode } } }],
  },
});

test("a job is made from the CronJob's template, followed to its end, and taken away", async () => {
  let made:
    | {
        metadata: { labels: unknown };
        spec: { backoffLimit: number; template: { spec: { containers: { args: string[]; env: unknown[] }[] } } };
      }
    | undefined;
  const { kube, seen } = await cluster({
    [`GET ${jobs}/cronjobs/backup`]: () => template,
    [`POST ${jobs}/jobs`]: (_, body) => {
      made = JSON.parse(body);
      return made;
    },
    [`GET ${pods}`]: () => ({ items: [running] }),
    [`GET ${pods}/p/log`]: () => "one\ntwo\nlast without end",
    [`GET ${pods}/p`]: () => ended(7),
    [`DELETE ${jobs}/jobs/.*`]: () => ({}),
  });
  const lines: string[] = [];
  const end = await kube.runJob({
    namespace: "golive-app",
    cronJob: "backup",
    args: ["list"],
    env: { PGHOST: "other", C: "c" },
    onLine: (line) => lines.push(line),
  });
  expect(lines).toEqual(["one", "two", "last without end"]);
  expect(end).toMatchObject({ exitCode: 7, trouble: undefined });
  expect(made).toMatchObject({ metadata: { labels: { a: "b" } }, spec: { backoffLimit: 0 } });
  expect(made?.spec.template.spec.containers[0]).toMatchObject({
    args: ["list"],
    env: [
      { name: "B", value: "b" },
      { name: "PGHOST", value: "other" },
      { name: "C", value: "c" },
    ],
  });
  expect(seen.at(-1)).toBe(`DELETE ${jobs}/jobs/${end.job}`);
});

/** Answers of a job that is made, runs and is deleted, with this log. */
const jobWithLog = (log: Answer, pod: () => unknown) => ({
  [`GET ${jobs}/cronjobs/backup`]: () => template,
  [`POST ${jobs}/jobs`]: (_: IncomingMessage, body: string) => JSON.parse(body),
  [`GET ${pods}`]: () => ({ items: [running] }),
  [`GET ${pods}/p/log`]: log,
  [`GET ${pods}/p`]: pod,
  [`DELETE ${jobs}/jobs/.*`]: () => ({}),
});

test("a log that breaks, or ends too early, is read on without a line twice", async () => {
  const logs: ((response: ServerResponse) => void)[] = [
    (response) => {
      response.write("one\ntw");
      setTimeout(() => response.destroy(), 50);
    },
    // An API server that goes down in good order ends it.
    (response) => response.end("one\ntwo\nthree\n"),
    (response) => response.end("one\ntwo\nthree\nfour"),
  ];
  let [read, looked] = [0, 0];
  const { kube } = await cluster(
    jobWithLog(
      () => logs[Math.min(read++, 2)],
      () => (looked++ < 2 ? running : ended(0)),
    ),
  );
  const lines: string[] = [];
  const end = await kube.runJob({ namespace: "golive-app", cronJob: "backup", onLine: (line) => lines.push(line) });
  expect(lines).toEqual(["one", "two", "three", "four"]);
  expect(end.exitCode).toBe(0);
});

test("a pod that is deleted at work ends the run at once, and says so", async () => {
  const { kube } = await cluster(
    jobWithLog(
      () => (response: ServerResponse) => response.destroy(),
      () => undefined,
    ),
  );
  const run = kube.runJob({ namespace: "golive-app", cronJob: "backup", onLine: () => undefined });
  await expect(run).rejects.toMatchObject({ code: "BACKUP_FAILED", message: "pod p was deleted while it was at work" });
});

test("stopped while it follows the log, it ends with the reason and takes the job away", async () => {
  const stop = new AbortController();
  const { kube, seen } = await cluster(
    jobWithLog(
      () => (response: ServerResponse) => void response.write("one\n"),
      () => running,
    ),
    stop.signal,
  );
  const reason = new Error("stopped on request");
  const run = kube.runJob({ namespace: "golive-app", cronJob: "backup", onLine: () => stop.abort(reason) });
  await expect(run).rejects.toBe(reason);
  expect(seen.at(-1)).toContain(`DELETE ${jobs}/jobs/`);
});

/** Takes the frames that are sent to a container's standard input, in the protocol that a client asked for first. */
function takeInput(server: Server, protocol: string, done: (input: string, path: string) => void): void {
  server.on("upgrade", (request: IncomingMessage, socket: Duplex) => {
    const accept = createHash("sha1").update(
      `${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`,
    );
    const head = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"];
    const answer = [`Sec-WebSocket-Accept: ${accept.digest("base64")}`, `Sec-WebSocket-Protocol: ${protocol}`];
    socket.write([...head, ...answer, "", ""].join("\r\n"));
    cleanUp.push(() => socket.destroy());
    let [bytes, input] = [Buffer.alloc(0), ""];
    socket.on("data", (chunk: Buffer) => {
      // The client's own goodbye, after ours.
      if (socket.writableEnded) return;
      bytes = Buffer.concat([bytes, chunk]);
      for (let frame = frameOf(bytes); frame; frame = frameOf(bytes)) {
        bytes = bytes.subarray(frame.length);
        // Channel 0 is standard input, 255 closes the channel that it names; opcode 8 is the end of the connection.
        if (frame.opcode === 2 && frame.payload[0] === 0) input += frame.payload.subarray(1).toString();
        else if (frame.opcode === 8 || frame.payload[0] === 255) {
          done(input, request.url ?? "");
          return socket.end(Buffer.from([0x88, 0]));
        }
      }
    });
  });
}

/** One masked frame of a client, when all of it is there. */
function frameOf(bytes: Buffer): { opcode: number; payload: Buffer; length: number } | undefined {
  if (bytes.length < 6) return undefined;
  const short = (bytes[1] ?? 0) & 127;
  const at = short === 126 ? 4 : 2;
  const size = short === 126 ? bytes.readUInt16BE(2) : short;
  const length = at + 4 + size;
  if (bytes.length < length) return undefined;
  const mask = bytes.subarray(at, at + 4);
  const payload = Buffer.from(bytes.subarray(at + 4, length).map((byte, n) => byte ^ (mask[n % 4] ?? 0)));
  return { opcode: (bytes[0] ?? 0) & 15, payload, length };
}

test.each(["v5.channel.k8s.io", "v4.channel.k8s.io"])(
  "what a job reads on its standard input reaches it whole, then its end (%s), and stands in no object",
  async (protocol) => {
    const text = `AGE-SECRET-KEY-1${"Q".repeat(300)}\n`;
    const bodies: string[] = [];
    let taken: string | undefined;
    let path = "";
    const { kube, server } = await cluster({
      [`GET ${jobs}/cronjobs/backup`]: () => template,
      [`POST ${jobs}/jobs`]: (_, body) => {
        bodies.push(body);
        return JSON.parse(body);
      },
      [`GET ${pods}`]: () => ({ items: [running] }),
      [`GET ${pods}/p/log`]: () => "done\n",
      [`GET ${pods}/p`]: () => ended(0),
      [`DELETE ${jobs}/jobs/.*`]: () => ({}),
    });
    takeInput(server, protocol, (input, url) => {
      [taken, path] = [input, url];
    });
    const end = await kube.runJob({ namespace: "golive-app", cronJob: "backup", stdin: text, onLine: () => {} });
    expect([end.exitCode, taken]).toEqual([0, text]);
    expect(path).toContain(`${pods}/p/attach?container=backup`);
    expect(JSON.parse(bodies[0] ?? "").spec.template.spec.containers[0]).toMatchObject({
      stdin: true,
      stdinOnce: true,
    });
    expect(bodies.join()).not.toContain("AGE-SECRET-KEY");
  },
);

test("a job that ended before it read anything is followed all the same: its log says why", async () => {
  const { kube } = await cluster({
    [`GET ${jobs}/cronjobs/backup`]: () => template,
    [`POST ${jobs}/jobs`]: (_, body) => JSON.parse(body),
    [`GET ${pods}`]: () => ({ items: [running] }),
    [`GET ${pods}/p/log`]: () => "error CONFIG_INVALID: x\n",
    [`GET ${pods}/p`]: () => ended(2),
    [`DELETE ${jobs}/jobs/.*`]: () => ({}),
  });
  const lines: string[] = [];
  const run = {
    namespace: "golive-app",
    cronJob: "backup",
    stdin: "x",
    onLine: (line: string) => void lines.push(line),
  };
  expect([(await kube.runJob(run)).exitCode, lines]).toEqual([2, ["error CONFIG_INVALID: x"]]);
});

test("a pod that cannot get its image is told at once, and its job is taken away", async () => {
  const waiting = { reason: "ErrImageNeverPull", message: "no image" };
  const stuck = {
    ...running,
    status: { phase: "Pending", containerStatuses: [{ name: "backup", restartCount: 0, state: { waiting } }] },
  };
  const { kube, seen } = await cluster({
    [`GET ${jobs}/cronjobs/backup`]: () => template,
    [`POST ${jobs}/jobs`]: (_, body) => JSON.parse(body),
    [`GET ${pods}`]: () => ({ items: [stuck] }),
  });
  expect(await kube.runJob({ namespace: "golive-app", cronJob: "backup", onLine: () => {} })).toMatchObject({
    trouble: "ErrImageNeverPull: no image",
  });
  expect(seen.at(-1)).toMatch(/^DELETE /);
});

test("without the CronJob the error says what makes it", async () => {
  const { kube } = await cluster({});
  await expect(kube.runJob({ namespace: "golive-app", cronJob: "backup", onLine: () => {} })).rejects.toMatchObject({
    code: "BACKUP_FAILED",
    hint: "Run `golive up` first: it makes it.",
  });
});

test("the context asked for is used, never the current one; an unknown one is refused with those that there are", async () => {
  const { kube, kubeconfig } = await cluster({ "GET /api/v1/pods": () => ({ items: [] }) });
  expect(await kube.pods()).toEqual([]);
  expect(() => kubeClient({ kubeconfig, context: "prod" }, new AbortController().signal)).toThrow(
    'has no context "prod"',
  );
});

test("a cluster that is gone is CLUSTER_UNREACHABLE", async () => {
  const { kube, server } = await cluster({});
  await new Promise((resolve) => server.close(resolve));
  await expect(kube.pods()).rejects.toMatchObject({
    code: "CLUSTER_UNREACHABLE",
    message: expect.stringContaining("ECONNREFUSED"),
  });
});

test("a pod belongs to its CloudNativePG cluster before its label says otherwise", () => {
  const labels = { "cnpg.io/cluster": "postgres", "app.kubernetes.io/name": "postgresql" };
  expect(podFacts({ metadata: { labels } })).toMatchObject({
    component: "postgres",
    selector: "cnpg.io/cluster=postgres",
    ready: false,
  });
});

const clusters = "/apis/postgresql.cnpg.io/v1/namespaces/golive-app/clusters";

test("objects of an operator's kind are listed, read, made, and deleted with all that belongs to them", async () => {
  const bodies: string[] = [];
  const kept = (_: IncomingMessage, body: string) => {
    bodies.push(body);
    return {};
  };
  const { kube, seen } = await cluster({
    [`GET ${clusters}`]: () => ({ items: [{ metadata: { name: "postgres" } }] }),
    [`GET ${clusters}/postgres`]: () => ({ metadata: { name: "postgres" }, status: { phase: "well" } }),
    [`POST ${clusters}`]: kept,
    [`DELETE ${clusters}/old`]: (request, body) => kept(request, `${request.url?.split("?")[1]} ${body}`),
  });
  expect(await kube.objects("cluster", "golive-app")).toEqual([{ metadata: { name: "postgres" } }]);
  expect(await kube.object("cluster", "golive-app", "postgres")).toMatchObject({ status: { phase: "well" } });
  await kube.create("cluster", "golive-app", { metadata: { name: "new" }, spec: { instances: 1 } });
  expect(JSON.parse(bodies[0] ?? "")).toEqual({
    apiVersion: "postgresql.cnpg.io/v1",
    kind: "Cluster",
    metadata: { name: "new" },
    spec: { instances: 1 },
  });
  await kube.remove("cluster", "golive-app", "old");
  expect(bodies[1]).toContain("Foreground");
  expect(seen.at(-1)).toBe(`DELETE ${clusters}/old`);
});

test("what is not there is undefined, and deleting it is no error", async () => {
  const { kube } = await cluster({});
  expect(await kube.objects("objectStore", "golive-app")).toBeUndefined();
  expect(await kube.object("backup", "golive-app", "b")).toBeUndefined();
  await kube.remove("cluster", "golive-app", "gone");
});

/** Answers one exec request over a WebSocket: frames of channel and text, as the API server sends them. */
function answerExec(server: Server, frames: readonly (readonly [channel: number, text: string])[]): void {
  server.on("upgrade", (request: IncomingMessage, socket: Duplex) => {
    const accept = createHash("sha1").update(
      `${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`,
    );
    const [protocol = ""] = (request.headers["sec-websocket-protocol"] ?? "").split(",");
    socket.write(
      [
        "HTTP/1.1 101 Switching Protocols",
        "Upgrade: websocket",
        "Connection: Upgrade",
        `Sec-WebSocket-Accept: ${accept.digest("base64")}`,
        `Sec-WebSocket-Protocol: ${protocol}`,
        "",
        "",
      ].join("\r\n"),
    );
    for (const [channel, text] of frames) {
      const payload = Buffer.concat([Buffer.from([channel]), Buffer.from(text)]);
      // One whole binary frame, then its length.
      const head =
        payload.length < 126 ? [0x82, payload.length] : [0x82, 126, payload.length >> 8, payload.length & 255];
      socket.write(Buffer.concat([Buffer.from(head), payload]));
    }
    cleanUp.push(() => socket.destroy());
    if (frames.length === 0) socket.end();
  });
}

const command = {
  namespace: "golive-app",
  pod: "postgres-1",
  container: "postgres",
  command: ["psql", "-c", "select 1"],
};

test("a command in a container gives its output and its exit status", async () => {
  const { kube, server } = await cluster({});
  answerExec(server, [
    [1, "one\n"],
    [2, "careful\n"],
    [3, JSON.stringify({ status: "Success" })],
  ]);
  expect(await kube.exec(command)).toEqual({ exitCode: 0, stdout: "one\n", stderr: "careful\n" });

  const other = await cluster({});
  answerExec(other.server, [
    [
      3,
      JSON.stringify({
        status: "Failure",
        message: "exit 3",
        details: { causes: [{ reason: "ExitCode", message: "3" }] },
      }),
    ],
  ]);
  expect(await other.kube.exec(command)).toEqual({ exitCode: 3, stdout: "", stderr: "exit 3" });
});

test("a connection that is closed without a word is no success", async () => {
  const { kube, server } = await cluster({});
  answerExec(server, []);
  await expect(kube.exec(command)).rejects.toThrow();
});
