import { type Code, codes } from "./codes.ts";

/**
 * The one error class that people are shown without a stack.
 * `message`: lower case, no full stop, with the value given. `hint`: a sentence with the next command. `cause`: kept.
 */
export class GoliveError extends Error {
  override readonly name = "GoliveError";
  readonly code: Code;
  readonly hint: string;

  constructor(code: Code, message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.hint = hint;
  }

  /** Process exit status of this error's code. */
  get exit(): number {
    return codes[this.code].exit;
  }
}
