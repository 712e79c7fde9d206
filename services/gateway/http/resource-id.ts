import { z } from "zod";
import { Problem } from "./problems.ts";

const uuid = z.uuid();

/** A path's id. Text that cannot be an id names nothing, so it is a 404 and never reaches the database. */
export function resourceId(text: unknown): string {
  const result = uuid.safeParse(text);
  if (!result.success) throw new Problem("not-found", "no resource has this id");
  return result.data.toLowerCase();
}
