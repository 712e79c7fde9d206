import { generateSW } from "workbox-build";

/**
 * The whole site on the reader's machine after one visit: it must be readable while the cluster that serves it is down.
 * Written after every other file, as it lists them.
 */
export async function writeServiceWorker(outDir: string): Promise<void> {
  const { warnings } = await generateSW({
    swDest: `${outDir}/sw.js`,
    globDirectory: outDir,
    // Copies for machines and for print are not needed by a browser.
    globPatterns: ["**/*.{html,js,css,json,svg,png,woff2}"],
    globIgnores: ["pages.json"],
    maximumFileSizeToCacheInBytes: 20_000_000,
    // Names of these change with their content, so that a new version fetches only what is new.
    dontCacheBustURLsMatching: /^assets\/|search-index-[0-9a-f]+\.json$/,
    ignoreURLParametersMatching: [/./],
    cleanupOutdatedCaches: true,
    clientsClaim: true,
    skipWaiting: true,
    inlineWorkboxRuntime: true,
    sourcemap: false,
    runtimeCaching: [
      {
        // A page that this copy does not have may be new: ask. Without a network, the page that says so, with its search.
        urlPattern: ({ request }) => request.mode === "navigate",
        handler: "NetworkOnly",
        options: { precacheFallback: { fallbackURL: "/404.html" } },
      },
    ],
  });
  if (warnings.length > 0) throw new Error(`the offline copy would be incomplete: ${warnings.join("; ")}`);
}
