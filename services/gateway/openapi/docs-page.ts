import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { Router } from "express";
import { docsPath } from "./operation.ts";

/** Swagger UI, without the parts of its package that the page does not ask for. */
const assets = ["swagger-ui.css", "swagger-ui-bundle.js"] as const;

/** The page sends requests to this gateway alone; the styles that Swagger UI writes into elements have no other way in. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join(";");

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>GoLive gateway API</title>
<link rel="stylesheet" href="${docsPath}/swagger-ui.css">
</head>
<body>
<main id="api"></main>
<script src="${docsPath}/swagger-ui-bundle.js"></script>
<script src="${docsPath}/start.js"></script>
</body>
</html>
`;

/** A token that somebody enters is kept until the page is closed, and no longer. */
const script = `SwaggerUIBundle({
  url: "/api/openapi.json",
  dom_id: "#api",
  deepLinking: true,
  persistAuthorization: false,
  validatorUrl: null,
});
`;

/** The API's documentation as a page, from the same table of operations as everything else. Public, as the document is. */
export function docsPage(): Router {
  const folder = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
  const router = Router({ caseSensitive: true, strict: true });
  router.get(docsPath, (_request, response) => {
    response.set({ "content-security-policy": contentSecurityPolicy, "cache-control": "no-cache" });
    response.type("html").send(page);
  });
  router.get(`${docsPath}/start.js`, (_request, response) => {
    response.set("cache-control", "no-cache").type("js").send(script);
  });
  for (const name of assets) {
    router.get(`${docsPath}/${name}`, (_request, response) => {
      response.sendFile(join(folder, name), { maxAge: "1d", lastModified: true });
    });
  }
  return router;
}
