import { type Readable, Writable } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import { GoliveError } from "@golive/errors/golive-error.ts";
import type { V1Pod } from "@kubernetes/client-node";
import { type Apis, statusOf } from "./client.ts";

/** How long neither the log nor the pod may be had: an API server that restarts is back by then. */
const silenceLimitMs = 120_000;

/**
 * Every line of a container's log, once, until the container has ended; returns its exit status. A backup takes hours, and no
 * connection has to last as long: after one that broke the log is read again, without the lines that are known.
 */
export async function followToEnd(
  apis: Apis,
  pod: V1Pod,
  onLine: (line: string) => void,
  signal: AbortSignal,
): Promise<number> {
  const { namespace = "", name = "" } = pod.metadata ?? {};
  let seen = 0;
  let heard = Date.now();
  for (;;) {
    let at = 0;
    const broken = await readLog(apis, pod, signal, (line) => {
      if (at++ < seen) return;
      seen++;
      heard = Date.now();
      onLine(line);
    }).then(
      () => false,
      () => true,
    );
    signal.throwIfAborted();
    const status = await apis.core.readNamespacedPod({ namespace, name }).catch((cause: unknown) => {
      if (statusOf(cause) !== 404) return undefined;
      throw new GoliveError(
        "BACKUP_FAILED",
        `pod ${name} was deleted while it was at work`,
        "Somebody deleted its job, or its node was taken away: run the same command again.",
        { cause },
      );
    });
    if (status !== undefined) heard = Date.now();
    const ended = status?.status?.containerStatuses?.[0]?.state?.terminated;
    if (ended && !broken) return ended.exitCode;
    if (Date.now() - heard > silenceLimitMs)
      throw new GoliveError(
        "CLUSTER_UNREACHABLE",
        `neither pod ${name} nor its log could be read for ${silenceLimitMs / 1000} s`,
        `The job may go on; look at it with \`golive kubectl -n ${namespace} get pod ${name}\`.`,
      );
    await wait(250, undefined, { signal });
  }
}

/** The log from its first line to its end. A last line without an end counts when the log ended, not when it broke. */
async function readLog({ log }: Apis, pod: V1Pod, signal: AbortSignal, onLine: (line: string) => void): Promise<void> {
  const { namespace = "", name = "" } = pod.metadata ?? {};
  const container = pod.spec?.containers[0]?.name ?? "";
  let rest = "";
  await new Promise<void>((resolve, reject) => {
    const sink = new Writable({
      decodeStrings: false,
      write(chunk: Buffer | string, _encoding, done) {
        const lines = (rest + chunk.toString()).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) onLine(line);
        done();
      },
    });
    // A pipe does not pass errors on: a connection that breaks, or is aborted, would end the program.
    sink.on("pipe", (source: Readable) => source.once("error", reject));
    sink.once("close", resolve).once("finish", resolve).once("error", reject);
    const stop = (request: AbortController) => {
      const abort = () => request.abort();
      if (signal.aborted) abort();
      signal.addEventListener("abort", abort, { once: true });
      sink.once("close", () => signal.removeEventListener("abort", abort));
    };
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    log.log(namespace, name, container, sink, { follow: true }).then(stop, reject);
  });
  if (rest !== "") onLine(rest);
}
