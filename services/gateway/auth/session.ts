import type { Response } from "express";

/** Set only when a cookie authenticated the request, which a browser then did by itself. @see csrfProtection */
export function cookieSessionOf(response: Response): string | undefined {
  return response.locals.cookieSession as string | undefined;
}
