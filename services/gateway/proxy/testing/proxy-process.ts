// A proxy in a process of its own: node proxy-process.ts '<upstreams as JSON>'. Tells its parent the port; ends with it.
import { startProxy } from "./test-proxy.ts";

const { port } = await startProxy(JSON.parse(process.argv[2] ?? "[]"));
process.once("disconnect", () => process.exit(0));
process.send?.({ port });
