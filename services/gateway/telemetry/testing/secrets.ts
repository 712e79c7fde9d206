import fc from "fast-check";

/** Text that stands for a secret, and that nothing else in a test contains. */
export const secretWord = fc.stringMatching(/^[A-Za-z0-9]{8,20}$/).map((text) => `s3cr${text}t`);

const base64 = (text: string) => Buffer.from(text).toString("base64url");

/** The places in which secrets turn up, each with text that holds one. */
export const hidden: readonly { readonly place: string; readonly hide: (secret: string) => string }[] = [
  { place: "a query", hide: (s) => `/cb?x=1&access_token=${s}&y=2` },
  { place: "a URL's password", hide: (s) => `postgres://app:${s}@db.example/app` },
  { place: "a header line", hide: (s) => `authorization: Basic ${s}` },
  { place: "a dumped header", hide: (s) => `{ authorization: 'Bearer ${s}' }` },
  { place: "a header in JSON", hide: (s) => `{"cookie":"a=${s}; b=2"}` },
  { place: "a cookie line", hide: (s) => `Set-Cookie: __Host-golive=${s}; Path=/` },
  { place: "a scheme in a sentence", hide: (s) => `the gateway refused Bearer ${s} again` },
  { place: "a field of JSON", hide: (s) => `{"user":"u","password":"${s}"}` },
  { place: "an escaped field of JSON", hide: (s) => `{"client_secret":"a\\"${s}"}` },
  { place: "an assignment", hide: (s) => `API_KEY=${s}` },
  { place: "a dumped object", hide: (s) => `{ refreshToken: '${s}', id: 1 }` },
  { place: "a claim of a token", hide: (s) => `eyJhbGciOiJIUzI1NiJ9.${base64(JSON.stringify({ sub: s }))}.${s}` },
  { place: "an e-mail address", hide: (s) => `no user ${s}@example.com here` },
  { place: "a key with a known prefix", hide: (s) => `ghp_${s}ABCDEFGH` },
  { place: "a private key", hide: (s) => `-----BEGIN PRIVATE KEY-----\n${s}\n-----END PRIVATE KEY-----` },
];
