import type { Response } from "express";

/** Each may do what the ones before it may. */
export const roles = ["viewer", "operator", "admin"] as const;
export type Role = (typeof roles)[number];

/** Who may use an operation: everyone, or whoever has at least this role. */
export type Access = "public" | Role;

/** Whoever sent a request, as a verified token says. */
export interface Principal {
  /** The token's `sub`. */
  readonly id: string;
  readonly roles: readonly Role[];
}

export function includesRole({ roles: held }: Principal, needed: Role): boolean {
  const rank = roles.indexOf(needed);
  return held.some((role) => roles.indexOf(role) >= rank);
}

/** Undefined when the request came without credentials. */
export function principalOf(response: Response): Principal | undefined {
  return response.locals.principal as Principal | undefined;
}
