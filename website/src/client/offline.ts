import type { ClientModule } from "@docusaurus/types";

/** A new version of the site took over: its files are no longer those of the page that is open. */
let replaced = false;

if (typeof window !== "undefined" && process.env.NODE_ENV === "production" && "serviceWorker" in navigator) {
  const hadOne = navigator.serviceWorker.controller !== null;
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    replaced = hadOne;
  });
  // After the page itself: the copy for later must not slow down what is read now.
  window.addEventListener("load", () => {
    navigator.serviceWorker.register("/sw.js").catch((error: unknown) => console.warn("no offline copy", error));
  });
}

export default {
  // Then the next page is loaded whole, so that old and new parts never mix. The page that is being read stays.
  onRouteUpdate({ location, previousLocation }) {
    if (replaced && previousLocation !== null && location.pathname !== previousLocation.pathname)
      window.location.reload();
  },
} satisfies ClientModule;
