import { chromiumPath } from "../print/chromium.ts";
import { missingForBuild } from "./site-build.ts";

/** Why nothing can be looked at in a browser here; undefined when it can. Printed as the title of what is skipped. */
export const missingForBrowser = (): string | undefined =>
  missingForBuild() ?? (chromiumPath() === undefined ? "chromium is missing: install it, or set CHROMIUM" : undefined);
