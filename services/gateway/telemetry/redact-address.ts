import { redactText } from "./redact-text.ts";
import { redactUrl, secretParameterName } from "./redact-url.ts";

const mark = "REDACTED";
/** A proxy or a framework may decode once more than the writer expected. */
const maxDecodings = 3;

/**
 * A URL, a path or a query string as spans, log lines and events show it. Unlike in free text, its parts are known and may be
 * percent-encoded, so each is searched as a server would read it.
 */
export function redactAddress(text: string): string {
  const shown = redactUrl(text);
  const at = shown.search(/[?#]/);
  if (at === -1) return isQuery(shown) ? redactQuery(shown) : redactPath(shown);
  return redactPath(shown.slice(0, at)) + shown[at] + redactQuery(shown.slice(at + 1));
}

/** `url.query` comes without its question mark. */
const isQuery = (text: string): boolean => !text.includes("/") && text.includes("=");

function redactPath(path: string): string {
  return path.replace(/[^/]+/g, (segment) => (isClean(segment) ? segment : mark));
}

export function redactQuery(query: string): string {
  return query.replace(/[^&;#]+/g, (pair) => {
    const at = pair.indexOf("=");
    if (at === -1) return isClean(pair) ? pair : mark;
    const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
    // A name that is no plain word may be the beginning of something whose secret comes behind the first equals sign.
    if (!isClean(name)) return mark;
    return secretParameterName.test(decoded(name)) || !isClean(pair) || !isClean(value) ? `${name}=${mark}` : pair;
  });
}

/** The credentials' mark is the address's own, and the rest of that part stays readable. */
function isClean(part: string): boolean {
  const text = decoded(part);
  return redactText(text) === text;
}

function decoded(part: string): string {
  let text = part.replaceAll("+", " ");
  for (let time = 0; time < maxDecodings && text.includes("%"); time++) {
    // Whatever is no encoding of its own stays, and does not keep the rest from being read.
    text = text.replace(/(?:%[0-9a-f]{2})+/gi, (bytes) => Buffer.from(bytes.replaceAll("%", ""), "hex").toString());
  }
  return text;
}
