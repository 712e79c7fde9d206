import type { RequestHandler, Response } from "express";
import type { Readiness } from "../health/readiness.ts";

/** Keep-alive connections would otherwise bring new requests until the very end of a drain, and then lose one. */
export function closeWhenDraining(readiness: Readiness): RequestHandler {
  const open = new Set<Response>();
  readiness.onDrain(() => {
    // Their requests came before the drain; whatever has not begun to answer can still say that it is the last.
    for (const response of open) response.shouldKeepAlive = false;
  });
  return (_request, response, next) => {
    if (readiness.isDraining) response.shouldKeepAlive = false;
    open.add(response);
    response.once("close", () => open.delete(response));
    next();
  };
}
