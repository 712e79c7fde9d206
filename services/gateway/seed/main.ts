// Start: node seed/main.ts, with the gateway's own variables; the schema must be current.
import { readConfig } from "../config.ts";
import { Database } from "../database/database.ts";
import { serviceIdentity } from "../telemetry/identity.ts";
import { createLogger } from "../telemetry/log.ts";
import { seed } from "./seed.ts";

/** Where example data, with users of its own, belongs. */
const allowed: readonly string[] = ["local", "development", "test"];

async function main(): Promise<void> {
  const { environment } = serviceIdentity(process.env);
  if (!allowed.includes(environment)) {
    throw new Error(`example data is for ${allowed.join(", ")}; DEPLOYMENT_ENVIRONMENT is ${environment}`);
  }
  const config = readConfig(process.env);
  const log = createLogger(config.logLevel);
  const database = new Database(config.database, log);
  try {
    log.info(await seed(database), "example data is there; the numbers are what was added");
  } finally {
    await database.end();
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`the database was not seeded: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
