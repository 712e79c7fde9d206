import { serve } from "./protocol.ts";
import { SentryProvider } from "./provider.ts";

// The engine reads the port from the first line, and ends the process itself.
console.log(String(await serve(new SentryProvider())));
