import { randomBytes } from "node:crypto";
import { linkSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The key that the generated seed is kept under; all passwords of a stack are derived from it. */
export const seedKey = "golive:seed";

/** 256 bits, in letters that no quoting changes. */
export const newSecret = () => randomBytes(32).toString("base64url");

/**
 * The file with the passphrase that encrypts a stack's secrets, made once, for its owner's eyes only. It is linked into place whole:
 * two runs agree on one, and a killed one leaves none or a complete one.
 */
export function passphraseFile(folder: string): string {
  const path = join(folder, "passphrase");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (statSync(path, { throwIfNoEntry: false })) return path;
  const fresh = `${path}.${process.pid}`;
  writeFileSync(fresh, `${newSecret()}\n`, { mode: 0o600 });
  try {
    linkSync(fresh, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    rmSync(fresh, { force: true });
  }
  return path;
}
