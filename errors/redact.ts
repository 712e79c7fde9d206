const urlPassword = /(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@]*:)[^\s@/]+@/gi;
const keyValue =
  /\b((?:[a-z0-9_-]*(?:password|passphrase|secret|token|api[_-]?key|access[_-]?key))["']?\s*[=:]\s*["']?)[^\s"',;&]+/gi;
const bearer = /\b(bearer\s+)[a-z0-9._~+/=-]{8,}/gi;
/** Tokens of the gateway, and identities of age: known by their shape, wherever they stand. */
const bare = /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}|AGE-SECRET-KEY-1[0-9A-Z]{20,}/g;
const pemKey = /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: stripping them is the point
const controls = /\u001b\[[0-9;?]*[ -/]*[@-~]|[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g;

/** Text fit for a terminal or a log: passwords, tokens and keys masked, terminal control sequences removed. */
export function redact(text: string): string {
  return text
    .replace(pemKey, "[private key]")
    .replace(bare, "***")
    .replace(urlPassword, "$1***@")
    .replace(bearer, "$1***")
    .replace(keyValue, "$1***")
    .replace(controls, "");
}
