import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * vitest's global set-up: every temporary folder of a run lies in one, which is gone when the run is over, whatever a
 * test forgot. Open to all, as Postgres runs under another user.
 */
export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), "golive-t-"));
  chmodSync(folder, 0o1777);
  process.env.TMPDIR = folder;
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}
