import { GoliveError } from "@golive/errors/golive-error.ts";
import { secretFile } from "./check.ts";

/** An address that is a secret itself. @throws CONFIG_INVALID; the message never quotes the file. */
export function secretUrl(variable: string, path: string): URL {
  const url = URL.parse(secretFile(variable, path).trim());
  if (url && (url.protocol === "https:" || url.protocol === "http:")) return url;
  throw new GoliveError(
    "CONFIG_INVALID",
    `${variable}=${path}: the file holds no http(s) address`,
    "Write the address that the service shows, alone, into the secret.",
  );
}
