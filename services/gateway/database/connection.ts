import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { checkServerIdentity } from "node:tls";
import pg from "pg";
import type { DatabaseConfig } from "../config.ts";

/**
 * What every connection to Postgres is made with. Password and CA are read anew at each connect: both rotate while the
 * process lives.
 */
export function connectionConfig(config: DatabaseConfig): pg.ClientConfig {
  const { passwordFile } = config;
  return {
    host: config.host,
    port: config.port,
    database: config.name,
    user: config.user,
    application_name: "gateway",
    keepAlive: true,
    connectionTimeoutMillis: 3_000,
    ...(passwordFile && { password: async () => (await readFile(passwordFile, "utf8")).trimEnd() }),
  };
}

/** A client class whose TLS settings are those of this moment; the pool makes one for each connection. */
export function clientClass({ caFile, host }: DatabaseConfig): typeof pg.Client {
  if (caFile === undefined) return pg.Client;
  const ssl = () => verifyFull(caFile, host);
  return class extends pg.Client {
    constructor(config?: string | pg.ClientConfig) {
      const base = typeof config === "string" ? { connectionString: config } : config;
      // The pool hides the password from enumeration, so a spread alone would lose it.
      super({ ...base, password: base?.password, ssl: ssl() });
    }
  };
}

/** As `sslmode=verify-full`: chain and name are checked. The name is given here because for an IP address the driver sets none. */
function verifyFull(caFile: string, host: string) {
  return {
    ca: readFileSync(caFile, "utf8"),
    rejectUnauthorized: true,
    checkServerIdentity: (_name: string, certificate: Parameters<typeof checkServerIdentity>[1]) =>
      checkServerIdentity(host, certificate),
  };
}
