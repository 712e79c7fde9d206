import type { Response } from "express";
import { principalOf, type Role, roles } from "../auth/principal.ts";

/** Who changes something, as the audit log names it: a principal by its token's `sub`, or the platform itself. */
export interface Actor {
  readonly id: string;
  /** The highest role held; `none` where nobody asked for one. */
  readonly role: Role | "system" | "none";
}

/** What the platform does on its own, such as executing a run. */
export const systemActor: Actor = { id: "system", role: "system" };

const anonymous: Actor = { id: "anonymous", role: "none" };

/** Whoever sent the request. */
export function actorOf(response: Response): Actor {
  const principal = principalOf(response);
  if (principal === undefined) return anonymous;
  return { id: principal.id, role: roles.findLast((role) => principal.roles.includes(role)) ?? "none" };
}
