import { scriptHashes } from "./script-hashes.ts";

/** Every source is named; nothing comes from another host. */
const contentSecurityPolicy = {
  "default-src": "'none'",
  "script-src": ["'self'", ...scriptHashes.map((hash) => `'${hash}'`)].join(" "),
  // Colours of code and the diagrams' own styles are set on the elements.
  "style-src": "'self' 'unsafe-inline'",
  "img-src": "'self' data:",
  "font-src": "'self'",
  "connect-src": "'self'",
  "worker-src": "'self'",
  "manifest-src": "'self'",
  "base-uri": "'self'",
  "form-action": "'self'",
  "frame-ancestors": "'none'",
} as const;

/** On every answer, whatever its status. Where the site is served from elsewhere, as CloudFront, its policy is made of this table. */
export const securityHeaders: Readonly<Record<string, string>> = {
  "Content-Security-Policy": Object.entries(contentSecurityPolicy)
    .map(([directive, sources]) => `${directive} ${sources}`)
    .join("; "),
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
  "X-Robots-Tag": "noindex, nofollow",
};

/** Only where TLS ends before the server: over plain HTTP a browser must ignore it. Two years. */
export const strictTransport = { "Strict-Transport-Security": "max-age=63072000; includeSubDomains" } as const;

const forGood = "public, max-age=31536000, immutable";
const askEachTime = "no-cache";
const aDay = "public, max-age=86400";

/** Names that hold a hash of their content never change it; pages, the index and the offline copy change with each deploy. */
export function cacheControl(path: string): string {
  if (path.startsWith("/assets/") || /^\/search-index-[^/]*[0-9a-f]{8}[^/]*\.json$/.test(path)) return forGood;
  return /\.(?:svg|png|ico|woff2)$/.test(path) ? aDay : askEachTime;
}
