/** What was thrown, as an Error: anything can be. Of an object only the names of its fields are told. */
export function thrownError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown;
  const error = new Error(`${typeof thrown} was thrown${described(thrown)}`);
  error.name = "NonErrorThrown";
  return error;
}

function described(thrown: unknown): string {
  if (typeof thrown === "function" || typeof thrown === "symbol" || thrown === undefined) return "";
  try {
    if (typeof thrown !== "object" || thrown === null) return `: ${String(thrown).slice(0, 1000)}`;
    return ` with ${Object.keys(thrown).slice(0, 20).join(", ") || "no fields"}`;
  } catch {
    return "";
  }
}
