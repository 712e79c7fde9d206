import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import type { Exec as ExecApi, V1Status } from "@kubernetes/client-node";
import type { Exec, ExecEnd } from "./kube.ts";

/** A command that has not ended by then will not. */
const limitMs = 60_000;

/** See `Kube.exec`. */
export async function execIn(api: ExecApi, run: Exec, signal: AbortSignal): Promise<ExecEnd> {
  signal.throwIfAborted();
  const [out, err] = [new PassThrough(), new PassThrough()];
  const said = Promise.all([text(out), text(err)]);
  const limit = AbortSignal.any([signal, AbortSignal.timeout(limitMs)]);
  const status = await new Promise<V1Status>((resolve, reject) => {
    limit.addEventListener("abort", () => reject(limit.reason), { once: true });
    api
      .exec(run.namespace, run.pod, run.container, [...run.command], out, err, null, false, resolve)
      .then((socket) => {
        limit.addEventListener("abort", () => socket.close(), { once: true });
        // Without a word about how the command ended.
        socket.on("close", () => reject(new Error(`the connection to pod ${run.pod} was closed`)));
      })
      .catch(reject);
  });
  out.end();
  err.end();
  const [stdout, stderr] = await said;
  return { exitCode: exitCodeOf(status), stdout, stderr: stderr || (status.message ?? "") };
}

/** 0, the command's own, or 1 where it could not be run. */
export function exitCodeOf({ status, details }: V1Status): number {
  if (status === "Success") return 0;
  const code = details?.causes?.find(({ reason }) => reason === "ExitCode")?.message;
  return code === undefined ? 1 : Number(code);
}
