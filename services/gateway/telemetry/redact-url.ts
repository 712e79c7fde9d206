/** Names of parameters, and parts of such names, whose values are secrets. */
export const secretParameterName = /token|key|secret|sig|pass|auth|code|jwt|session/i;

const secretParameter = new RegExp(`([?&;]|^)([^=&;]*(?:${secretParameterName.source})[^=&;]*)=[^&;#]*`, "gi");
const credentials = /(\/\/[^/?#@]*?):[^/?#@]*@/g;

/** A URL or a query string fit for a span or a log line: values of parameters that look secret, and passwords, are gone. */
export function redactUrl(text: string): string {
  return text.replace(credentials, "$1:REDACTED@").replace(secretParameter, "$1$2=REDACTED");
}
