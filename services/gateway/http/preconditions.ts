import type { Request, Response } from "express";
import { Problem } from "./problems.ts";

interface Versioned {
  readonly version: number;
}

/** Strong: the version changes with every change of the row. */
export const etag = ({ version }: Versioned): string => `"${version}"`;

/** Sends one resource under its ETag; answers 304 when the client has this version. */
export function sendVersioned(response: Response, status: number, resource: Versioned): void {
  response.status(status).set("etag", etag(resource)).json(resource);
}

/** A check to be made inside the transaction, on the locked row: the client's If-Match, when it sent one. */
export type Precondition = (current: Versioned) => void;

export function ifMatch(request: Request): Precondition {
  const header = request.get("if-match");
  return (current) => {
    if (header === undefined || matches(header, etag(current))) return;
    const detail = `if-match names ${header.slice(0, 100)}, the resource is at ${etag(current)}; read it again`;
    throw new Problem("version-mismatch", detail, { headers: { etag: etag(current) } });
  };
}

/** Strong comparison (RFC 9110 §13.1.1): a weak tag matches nothing. */
export function matches(header: string, current: string): boolean {
  if (header.trim() === "*") return true;
  return header.split(",").some((tag) => tag.trim() === current);
}
