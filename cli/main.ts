import { interruptible } from "./core/interrupt.ts";
import { realWorld } from "./core/real-world.ts";
import { run } from "./core/run.ts";

// Everything that ends the process is here; verbs return.
const interrupt = interruptible();
// Whoever reads only the beginning, as `| head` does, has read enough: nothing more is written, and the verb goes on to its end.
for (const stream of [process.stdout, process.stderr])
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
const outcome = await run(process.argv.slice(2), (options) =>
  realWorld({ ...options, signal: interrupt.signal, children: interrupt.children }),
);
interrupt.done();
// Written with a callback: an exit before a pipe has taken everything would cut a long JSON document short.
await new Promise<void>((written) =>
  process.stderr.write(outcome.stderr, () => process.stdout.write(outcome.stdout, () => written())),
);
process.exit(outcome.exit);
