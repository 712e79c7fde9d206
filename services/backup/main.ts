#!/usr/bin/env -S MALLOC_ARENA_MAX=2 node --max-semi-space-size=1
// The bytes of a pipe live outside of the collector's young space and are freed with it: a small one is emptied often and cheaply,
// and few arenas give the memory of one thread to the next. With the usual 16 MB and eight arenas, a dump of a gigabyte holds
// 70 MB more and costs a quarter more of the processor. Set while the process runs, the size would come too late.
import { text } from "node:stream/consumers";
import { redact } from "@golive/errors/redact.ts";
import { askAtTerminal } from "./ask.ts";
import { runCli } from "./cli.ts";
import { stoppedBy } from "./stopped-by.ts";

// Everything that prints or ends the process is here; verbs return.
const stop = new AbortController();
for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => stop.abort(stoppedBy(signal)));
// A reader that goes away (`| head`) is no fault of the run.
process.stdout.on("error", () => undefined);
process.stderr.on("error", () => undefined);

const outcome = await runCli(process.argv.slice(2), {
  env: process.env,
  now: () => new Date(),
  report: (line) => process.stderr.write(`${redact(line)}\n`),
  signal: stop.signal,
  ask: askAtTerminal(stop.signal),
  stdin: () => text(process.stdin),
});
// Written with a callback: an exit before a pipe has taken everything would cut a long document short.
await new Promise<void>((written) =>
  process.stderr.write(outcome.stderr, () => process.stdout.write(outcome.stdout, () => written())),
);
process.exit(outcome.exit);
