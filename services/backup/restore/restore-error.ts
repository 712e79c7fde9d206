import type { Code } from "@golive/errors/codes.ts";
import { GoliveError } from "@golive/errors/golive-error.ts";

/** An error with a list for programs: `--json` prints it beside code and message. */
export class RestoreError extends GoliveError {
  readonly details: unknown;

  constructor(code: Code, message: string, hint: string, details: unknown, options?: ErrorOptions) {
    super(code, message, hint, options);
    this.details = details;
  }
}

/** The first few of a list, and how many more there are. */
export function listed(lines: readonly string[], most = 5): string {
  const more = lines.length - most;
  return `${lines.slice(0, most).join("; ")}${more > 0 ? `; and ${more} more` : ""}`;
}
