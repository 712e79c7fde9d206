import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A CA, and a server certificate of it for one DNS name, as PEM files that a Postgres of this machine accepts. */
export interface Certificates {
  readonly folder: string;
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

export function makeCertificates(name: string): Certificates {
  const folder = mkdtempSync(join(tmpdir(), "golive-certificates-"));
  const file = (base: string) => join(folder, base);
  const openssl = (...args: string[]) =>
    execFileSync("openssl", args, { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
  const ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
  openssl("req", "-x509", ...ec, "-keyout", "ca.key", "-out", "ca.crt", "-subj", "/CN=test CA");
  openssl("req", ...ec.slice(0, 5), "-keyout", "server.key", "-out", "server.csr", "-subj", `/CN=${name}`);
  writeFileSync(file("san"), `subjectAltName=DNS:${name}`);
  const signing = ["-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "san"];
  openssl("x509", "-req", "-in", "server.csr", ...signing, "-out", "server.crt");
  chmodSync(folder, 0o755);
  // Postgres takes a key of root's when only its own group may read it beside root.
  chmodSync(file("server.key"), 0o640);
  if (process.getuid?.() === 0) chownSync(file("server.key"), 0, postgresGroup());
  return { folder, ca: file("ca.crt"), certificate: file("server.crt"), key: file("server.key") };
}

/** As in `startPostgres`: the server runs as `postgres`, or as `nobody` where that user is missing. */
function postgresGroup(): number {
  for (const user of ["postgres", "nobody"]) {
    try {
      return Number(execFileSync("id", ["-g", user], { stdio: ["ignore", "pipe", "ignore"] }));
    } catch {
      // Not this one.
    }
  }
  return 0;
}
