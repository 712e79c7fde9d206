import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../tests/free-port.ts";
import type { Arm } from "../gateway/child.ts";

/** One worker, as the Node arms have one thread; connections to the upstream are kept; a line for each request, as ours makes one. */
const configOf = (folder: string, port: number, upstream: number) => `
daemon off;
worker_processes 1;
pid ${folder}/pid;
error_log ${folder}/error.log warn;
events { worker_connections 4096; }
http {
  access_log ${folder}/access.log combined buffer=64k;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  keepalive_requests 1000000;
  upstream shop { server 127.0.0.1:${upstream}; keepalive 64; keepalive_requests 1000000; }
  server {
    listen 127.0.0.1:${port};
    location /shop {
      proxy_pass http://shop;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header X-Forwarded-For $remote_addr;
    }
  }
}
`;

/** nginx of the distribution in front of the upstream. */
export async function startNginx(upstream: number): Promise<Arm> {
  const folder = mkdtempSync(join(tmpdir(), "golive-nginx-"));
  const port = await freePort();
  const file = join(folder, "nginx.conf");
  writeFileSync(file, configOf(folder, port, upstream));
  // As root it would give its worker away to a user who may not enter the folder.
  const child = spawn("nginx", ["-c", file, "-e", join(folder, "error.log"), "-g", "user root;"], { stdio: "inherit" });
  const killAtExit = () => child.kill("SIGKILL");
  process.once("exit", killAtExit);
  await untilAnswers(port, child);
  return {
    name: "nginx",
    port,
    cpuMs: async () => processorMs([child.pid ?? 0, ...childrenOf(child.pid ?? 0)]),
    async [Symbol.asyncDispose]() {
      process.off("exit", killAtExit);
      child.kill("SIGTERM");
      await once(child, "exit");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function untilAnswers(port: number, child: ChildProcess): Promise<void> {
  for (const limit = Date.now() + 10_000; ; ) {
    const answer = await fetch(`http://127.0.0.1:${port}/shop/x`).catch(() => undefined);
    await answer?.arrayBuffer();
    if (answer?.ok) return;
    if (child.exitCode !== null || Date.now() > limit) throw new Error("nginx did not answer within 10 s");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const childrenOf = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(/\s+/).filter(Boolean).map(Number);

/** User and system time, milliseconds; Linux counts in hundredths of a second. */
function processorMs(pids: readonly number[]): number {
  return pids
    .map((pid) =>
      readFileSync(`/proc/${pid}/stat`, "utf8")
        .replace(/^.*\) /s, "")
        .split(" "),
    )
    .reduce((sum, fields) => sum + (Number(fields[11]) + Number(fields[12])) * 10, 0);
}
