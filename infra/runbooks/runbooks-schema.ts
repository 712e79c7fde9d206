import { z } from "zod";
import { key, whole } from "../config/kinds.ts";

/** `golive:runbooks`. */
export const runbooks = z
  .strictObject({
    url: key(
      z.url({ protocol: /^https?$/ }),
      "an http(s) address",
      "where people open the runbook site, for the links of alerts and messages; on this machine it is known",
    ).optional(),
    replicas: whole(1, 9, "pods that serve the site").default(1),
  })
  .prefault({});

/** The page of an alert is this and the alert's slug. Undefined: nobody said where the site is. */
export function alertPages(site: string | undefined): string | undefined {
  return site === undefined ? undefined : `${site.replace(/\/+$/, "")}/alerts/`;
}
