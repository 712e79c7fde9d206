const secretParameter = /([?&;]|^)([^=&;]*(?:token|key|secret|sig|pass|auth|code|jwt|session)[^=&;]*)=[^&;#]*/gi;
const credentials = /(\/\/[^/?#@]*?):[^/?#@]*@/g;

/** A URL or a query string fit for a span or a log line: values of parameters that look secret, and passwords, are gone. */
export function redactUrl(text: string): string {
  return text.replace(credentials, "$1:REDACTED@").replace(secretParameter, "$1$2=REDACTED");
}
