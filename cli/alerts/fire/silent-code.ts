import type { Code } from "@golive/errors/codes.ts";

/** How a drill ends in which a rule did not fire. */
export const silentCode = "ALERT_SILENT" satisfies Code;
