import { loopbackHosts } from "../auth/config.ts";

/** Why a text cannot be on a list of trusted origins; undefined when it can. */
export function originFault(text: string): string | undefined {
  const url = URL.parse(text);
  if (text === "null") return "every page of the web can send it; list origins one by one";
  if (text.includes("*")) return "origins are compared as they are, without wildcards; list them one by one";
  if (url === null) return "not an origin such as https://console.example.com";
  // Compared as text with what browsers send, so it has to be spelled as they do.
  if (url.origin !== text) return `must be written as browsers do, as in ${url.origin}`;
  if (url.protocol === "https:" || (url.protocol === "http:" && loopbackHosts.has(url.hostname))) return undefined;
  return "must be https (http only on this machine)";
}
