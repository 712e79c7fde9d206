import type { Options as RedirectOptions } from "@docusaurus/plugin-client-redirects";
import type { Options as PresetOptions, ThemeConfig } from "@docusaurus/preset-classic";
import type { Config } from "@docusaurus/types";
import { factCards } from "./plugins/fact-cards.ts";
import { writtenFenceMeta } from "./plugins/fence-meta.ts";
import { literalWords } from "./plugins/literal-words.ts";
import { withCardsAsLinks } from "./plugins/sidebar-items.ts";
import { redirects } from "./redirects.ts";
import { editUrlOf, hasHistory, pagesFolder, siteUrl } from "./site.ts";
import { darkCode, lightCode } from "./src/commands/code-colours.ts";

const docs = {
  path: pagesFolder,
  routeBasePath: "/",
  sidebarPath: "./sidebars.ts",
  sidebarItemsGenerator: withCardsAsLinks,
  showLastUpdateTime: hasHistory,
  onInlineTags: "throw",
  editUrl: ({ docPath }: { docPath: string }) => editUrlOf(docPath),
  beforeDefaultRemarkPlugins: [factCards, writtenFenceMeta, literalWords],
} satisfies PresetOptions["docs"];

const search = {
  // The file's name changes with its content, so that it may be cached for good.
  hashed: "filename",
  indexBlog: false,
  indexPages: false,
  docsDir: pagesFolder,
  docsRouteBasePath: "/",
  // The site asks search engines to stay away; without this its own search would obey as well, with an empty index.
  forceIgnoreNoIndex: true,
  searchBarShortcutHint: false,
  // What the site adds to a page's own words.
  ignoreCssSelectors: [".command-bar", ".command__note", ".page-facts", ".status-cards"],
  searchResultLimits: 8,
  explicitSearchResultPath: true,
};

export default {
  title: "GoLive runbooks",
  tagline: "What to do when the platform calls",
  url: siteUrl,
  baseUrl: "/",
  favicon: "icon.svg",
  // The offline copy answers for folders alone.
  trailingSlash: true,
  noIndex: true,
  baseUrlIssueBanner: false,
  future: { v4: true, faster: true },
  // A namespace of its own: the default is made of the URL, and stands in the inline script whose hash the policy names.
  storage: { namespace: "runbooks" },

  onBrokenLinks: "throw",
  onBrokenAnchors: "throw",
  onDuplicateRoutes: "throw",
  markdown: {
    // Pages are plain Markdown: `{braces}`, `<words>` and comments are text, not code.
    format: "detect",
    mermaid: true,
    hooks: { onBrokenMarkdownLinks: "throw", onBrokenMarkdownImages: "throw" },
  },

  presets: [
    [
      "classic",
      {
        docs,
        blog: false,
        pages: false,
        sitemap: false,
        theme: {
          customCss: ["./src/css/palette.css", "./src/css/site.css", "./src/css/code.css", "./src/css/print.css"],
        },
      } satisfies PresetOptions,
    ],
  ],
  themes: ["@docusaurus/theme-mermaid", ["@easyops-cn/docusaurus-search-local", search]],
  plugins: [
    ["@docusaurus/plugin-client-redirects", { redirects: [...redirects] } satisfies RedirectOptions],
    "./plugins/generated-modules.ts",
    "./plugins/site-data.ts",
    "./plugins/markdown-copies.ts",
  ],
  clientModules: ["./src/client/offline.ts"],
  headTags: [
    { tagName: "link", attributes: { rel: "manifest", href: "/manifest.json" } },
    { tagName: "meta", attributes: { name: "theme-color", content: "#1d5fbf" } },
  ],

  themeConfig: {
    navbar: {
      title: "GoLive runbooks",
      logo: { alt: "", src: "icon.svg", width: 28, height: 28 },
      items: [
        { to: "/alerts/", label: "Alerts", position: "left" },
        { to: "/backup/restore/", label: "Restore", position: "left" },
        { to: "/sentry/", label: "Sentry", position: "left" },
        { to: "/tracing/", label: "Tracing", position: "left" },
        { type: "custom-environment", position: "right" },
      ],
    },
    docs: { sidebar: { hideable: true, autoCollapseCategories: true } },
    colorMode: { respectPrefersColorScheme: true },
    tableOfContents: { minHeadingLevel: 2, maxHeadingLevel: 3 },
    prism: {
      theme: lightCode,
      darkTheme: darkCode,
      additionalLanguages: ["bash", "promql", "ini", "toml", "docker", "diff", "http"],
    },
    mermaid: { theme: { light: "neutral", dark: "dark" }, options: { fontFamily: "system-ui, sans-serif" } },
  } satisfies ThemeConfig,
} satisfies Config;
