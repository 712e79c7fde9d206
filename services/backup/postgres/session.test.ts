import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type PostgresServer, postgresMissing, startPostgres } from "../../../tests/postgres-server.ts";
import { takeBackup } from "../runs/take-backup.ts";
import { MemoryStore } from "../testing/memory-store.ts";
import { configOf, patient, sql, testWorld } from "../testing/test-world.ts";
import { connect } from "./session.ts";

const signal = new AbortController().signal;
const home = mkdtempSync(join(tmpdir(), "golive-backup-tls-"));
let server: PostgresServer;

/** A key and a certificate of its own making for the name `localhost`. */
function certificate(name: string): { key: string; cert: string } {
  const [key, cert] = [join(home, `${name}.key`), join(home, `${name}.crt`)];
  const request = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  const subject = ["-subj", `/CN=${name}`, "-addext", "subjectAltName=DNS:localhost"];
  execFileSync("openssl", [...request, "-keyout", key, "-out", cert, ...subject], { stdio: "ignore" });
  return { key, cert };
}

describe.skipIf(postgresMissing())("a session over TLS", patient, () => {
  let [ours, another] = ["", ""];

  beforeAll(async () => {
    server = await startPostgres({ databases: ["app"] });
    const { key, cert } = certificate("server");
    [ours, another] = [cert, certificate("another").cert];
    // The server reads its key as its own user, so it writes the file itself.
    for (const [name, path] of [
      ["key", key],
      ["cert", cert],
    ] as const) {
      const body = readFileSync(path, "utf8");
      await sql(
        server,
        "postgres",
        `copy (select unnest(string_to_array($$${body.trim()}$$, E'\n'))) to program 'umask 077; cat > golive.${name}'`,
      );
      await sql(server, "postgres", `alter system set ssl_${name}_file = 'golive.${name}'`);
    }
    await sql(server, "postgres", "alter system set ssl = on");
    await sql(server, "postgres", "select pg_reload_conf()");
  }, 120_000);
  afterAll(async () => {
    await server?.stop();
    rmSync(home, { recursive: true, force: true });
  });

  const config = (caFile: string, host = "localhost") => ({ ...configOf(server, "app"), host, caFile });

  test("both our session and pg_dump verify the server by its CA and its name", async () => {
    await expect(takeBackup(testWorld(config(ours), new MemoryStore()))).resolves.toMatchObject({ database: "app" });
    await using session = await connect(config(ours), "app", signal);
    expect(await session.query("select ssl from pg_stat_ssl where pid = pg_backend_pid()")).toEqual([{ ssl: true }]);
  });

  test("a certificate of another CA is refused", async () => {
    await expect(connect(config(another), "app", signal)).rejects.toThrow(/self-signed certificate|unable to verify/);
  });

  test("a certificate for another name is refused", async () => {
    await expect(connect(config(ours, "127.0.0.1"), "app", signal)).rejects.toThrow(/does not match|altnames/);
  });
});

describe.skipIf(postgresMissing())("a session that cannot be", patient, () => {
  beforeAll(async () => {
    server = await startPostgres({ databases: ["app"] });
  }, 120_000);
  afterAll(() => server?.stop());

  test.each([
    ["no such database", { database: "none" }, /database "none" does not exist/, /PGDATABASE/],
    ["no such host", { host: "db.invalid" }, /ENOTFOUND|EAI_AGAIN/, /PGHOST/],
    ["a closed port", { port: 9 }, /ECONNREFUSED/, /PGPORT/],
  ])("%s is told with what to check", async (_what, change, message, hint) => {
    const config = { ...configOf(server, "app"), ...change };
    const failed = (await connect(config, config.database, signal).then(
      () => new Error("it connected"),
      (error: unknown) => error,
    )) as Error & { hint?: string };
    expect(failed.message).toMatch(message);
    expect(failed.hint).toMatch(hint);
  });
});
