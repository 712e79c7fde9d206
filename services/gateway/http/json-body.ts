import express, { type RequestHandler } from "express";
import { Problem } from "./problems.ts";

/** Bytes after decompression; the largest valid body is a few kilobytes. */
const limit = 1024 * 1024;

const parse = express.json({ limit, strict: false, type: ["application/json", "application/merge-patch+json"] });

const requireJson: RequestHandler = (request, _response, next) => {
  // The parser leaves the body undefined when the content type is another one, or none.
  if (request.body === undefined)
    throw new Problem("unsupported-media-type", "send a body with content-type application/json");
  next();
};

/** Stands on the routes that take a body, so that an unreadable body is still counted under its route. */
export const jsonBody: RequestHandler[] = [parse, requireJson];
