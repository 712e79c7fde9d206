// Usage: node server/main.ts. PORT (3000), SITE (../build), PROMETHEUS_URL (none: the status is unknown), HSTS (0 or 1).
import { once } from "node:events";
import { resolve } from "node:path";
import { prometheusAt } from "./prometheus.ts";
import { siteServer } from "./server.ts";
import { readSite } from "./site-files.ts";
import { cachedStatus } from "./status-cache.ts";

/** Answers that are under way are small files; whoever needs longer is gone. */
const stopWithinMs = 5_000;

const { PORT = "3000", SITE = resolve(import.meta.dirname, "../build"), PROMETHEUS_URL, HSTS = "0" } = process.env;
const print = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);
const problem = wrong();
if (problem !== undefined) {
  process.stderr.write(`${problem}\n`);
  process.exit(1);
}

const server = siteServer({
  site: readSite(SITE),
  status: cachedStatus(PROMETHEUS_URL ? prometheusAt(PROMETHEUS_URL) : undefined),
  hsts: HSTS === "1",
  log: print,
});
server.listen(Number(PORT), "0.0.0.0");
await once(server, "listening");
const address = server.address();
print({
  time: new Date().toISOString(),
  message: "listening",
  port: typeof address === "object" ? address?.port : PORT,
});

for (const signal of ["SIGTERM", "SIGINT"] as const)
  process.once(signal, () => {
    server.close(() => process.exit(0));
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), stopWithinMs).unref();
  });

function wrong(): string | undefined {
  if (!/^\d{1,5}$/.test(PORT) || Number(PORT) > 65_535) return `PORT: a port is expected, not ${JSON.stringify(PORT)}`;
  if (HSTS !== "0" && HSTS !== "1") return `HSTS: 0 or 1 is expected, not ${JSON.stringify(HSTS)}`;
  if (PROMETHEUS_URL && !URL.canParse(PROMETHEUS_URL))
    return `PROMETHEUS_URL: an address is expected, not ${JSON.stringify(PROMETHEUS_URL)}`;
  return undefined;
}
