// A proxy in a process of its own: node proxy-process.ts '<upstreams as JSON>'. Tells its parent the port; ends with it.
import { sampleFirst } from "../../telemetry/sample-first.ts";
import { telemetry } from "../../telemetry/state.ts";
import { startProxy } from "./test-proxy.ts";

const { port, server } = await startProxy(JSON.parse(process.argv[2] ?? "[]"));
const running = telemetry();
if (running) sampleFirst(server, running.decide, () => false);
process.once("disconnect", () => process.exit(0));
process.send?.({ port });
