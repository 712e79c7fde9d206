import { redactUrl } from "./redact-url.ts";

/** Longer text is cut before it is searched: what people read of a message stands at its beginning. */
const maxLength = 8_192;

/** Names of fields whose value is a secret, whatever it looks like. */
export const secretName =
  /pass(?:word|wd|phrase|code)?$|secret|token|api[-_]?key|access[-_]?key|private[-_]?key|authorization|cookie|credential|jwt|session[-_]?id|csrf|signature|dsn$/i;

const mark = "REDACTED";

/**
 * What gives a secret away in free text, in the order in which it is taken out: whole header lines and named values before the shapes
 * within them. Every repetition is bounded or cannot overlap with its neighbour, so that no text takes more than linear time.
 */
const shapes: readonly (readonly [why: string, pattern: RegExp, shown: string])[] = [
  ["keys in PEM", /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[^-]*(?:-----END [A-Z ]{0,40}-----)?/g, mark],
  [
    "headers, to the end of their line or of the quoted text",
    /\b((?:proxy-)?authorization|(?:set-)?cookie|x-api-key|x-auth-token)\b(["']?\s{0,4}[:=,]\s{0,4}["'[]{0,2})[^\r\n"'\]]+/gi,
    `$1$2${mark}`,
  ],
  ["schemes of Authorization", /\b(bearer|basic|digest|apikey)\s{1,4}(?!REDACTED)[\w.~+/=:-]{6,}/gi, `$1 ${mark}`],
  ["tokens in JOSE's compact form", /\beyJ[\w-]{4,}(?:\.[\w-]*){1,4}/g, mark],
  [
    "named values",
    /((?:pass(?:word|wd|phrase|code)?|secret|token|api[-_]?key|access[-_]?key|private[-_]?key|credentials?|jwt|csrf|signature)["']?\s{0,4}[:=]\s{0,4})(?:"(?:[^"\\\r\n]|\\.)*"?|'(?:[^'\\\r\n]|\\.)*'?|(?!REDACTED)[^\s"'&,;)}\]]+)/gi,
    `$1${mark}`,
  ],
  [
    "keys that say whose they are",
    /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\b(?:gh[pousr]|xox[abprs]|sk|rk|pk)[_-][\w-]{10,}/g,
    mark,
  ],
  [
    "e-mail addresses; not the host behind a password that is gone already",
    /(?<![\w.!#$%*+^`{|}~-])(?!REDACTED@)[\w.!#$%*+^`{|}~-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){0,8}\.[a-z]{2,24}\b/gi,
    mark,
  ],
];

/** Most text has none of the characters and words that a shape needs, and passes with one look. */
const suspicious =
  /@|eyJ|-----BEGIN|:\/\/|[?&;][^=\s]{1,64}=|\d[ -]?\d{3}[ -]?\d|pass|secret|token|key|auth|cookie|bearer|basic|digest|credential|jwt|csrf|sig|code|session|AKIA|ASIA|gh[pousr]_|xox|[srp]k[_-]/i;

const cardDigits = /(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w-]|\.\d)/g;

/** Free text fit for a span, a log line or an event: secrets, e-mail addresses and card numbers are gone. */
export function redactText(text: string): string {
  const bounded = text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;
  if (!suspicious.test(bounded)) return bounded;
  let shown = redactUrls(bounded);
  for (const [, pattern, replacement] of shapes) shown = shown.replace(pattern, replacement);
  return shown.replace(cardDigits, (digits) => (isCardNumber(digits) ? mark : digits));
}

/** Word by word: the query of one URL must not swallow the sentence that follows it. */
function redactUrls(text: string): string {
  return text.replace(/\S+/g, (word) => (/[=:]/.test(word) ? redactUrl(word) : word));
}

/** Luhn's check digit, so that a long number that is none stays readable. */
function isCardNumber(text: string): boolean {
  const digits = text.replace(/[ -]/g, "");
  let sum = 0;
  for (let at = 0; at < digits.length; at++) {
    const digit = Number(digits[digits.length - 1 - at]) * (at % 2 === 1 ? 2 : 1);
    sum += digit > 9 ? digit - 9 : digit;
  }
  return sum % 10 === 0;
}
