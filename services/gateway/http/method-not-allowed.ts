import type { RequestHandler } from "express";
import { Problem } from "./problems.ts";

/** For what is left of an address after its own methods. */
export function methodNotAllowed(methods: readonly string[]): RequestHandler {
  const offered = methods.includes("GET") ? [...methods, "HEAD", "OPTIONS"] : [...methods, "OPTIONS"];
  const allow = offered.join(", ");
  return (request, response) => {
    if (request.method !== "OPTIONS") {
      throw new Problem("method-not-allowed", `this address offers ${allow}`, { headers: { allow } });
    }
    response.status(204).set("allow", allow).end();
  };
}
