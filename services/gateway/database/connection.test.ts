import { rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type PostgresServer, postgresMissing, startPostgres } from "../../../tests/postgres-server.ts";
import { createLogger } from "../telemetry/log.ts";
import { type Certificates, makeCertificates } from "../testing/certificates.ts";
import { databaseConfig } from "../testing/test-api.ts";
import { Database } from "./database.ts";

describe.skipIf(postgresMissing())("TLS to the database", () => {
  let postgres: PostgresServer;
  let good: Certificates;
  let other: Certificates;
  beforeAll(async () => {
    good = makeCertificates("localhost");
    other = makeCertificates("localhost");
    const settings = ["ssl=on", `ssl_cert_file='${good.certificate}'`, `ssl_key_file='${good.key}'`];
    postgres = await startPostgres({ databases: ["app"], settings });
  }, 120_000);
  afterAll(async () => {
    await postgres?.stop();
    for (const { folder } of [good, other]) rmSync(folder, { recursive: true });
  });
  const connect = async (host: string, caFile: string | undefined) => {
    const database = new Database({ ...databaseConfig(postgres), host, caFile }, createLogger("silent"));
    try {
      return (await database.query("select ssl from pg_stat_ssl where pid = pg_backend_pid()"))[0];
    } finally {
      await database.end();
    }
  };

  test("with the right CA and name the connection is encrypted", async () => {
    expect(await connect("localhost", good.ca)).toEqual({ ssl: true });
  });

  test("another CA is refused", async () => {
    await expect(connect("localhost", other.ca)).rejects.toMatchObject({
      cause: { message: expect.stringMatching(/certificate/) },
    });
  });

  test("a server that the certificate does not name is refused, by address too", async () => {
    await expect(connect("127.0.0.1", good.ca)).rejects.toMatchObject({
      cause: { code: "ERR_TLS_CERT_ALTNAME_INVALID" },
    });
  });

  test("a CA file that is missing is an outage of the database, not a crash", async () => {
    await expect(connect("localhost", `${good.ca}.missing`)).rejects.toMatchObject({
      name: "DatabaseUnavailable",
      cause: { code: "ENOENT" },
    });
  });
});
