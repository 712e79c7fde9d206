import type { PrismTheme } from "prism-react-renderer";

/** Few colours, each with a contrast of at least 4.5 to the block's background in its scheme. */
interface Colours {
  readonly text: string;
  readonly quiet: string;
  readonly string: string;
  readonly keyword: string;
  readonly number: string;
  readonly name: string;
}

const theme = (colours: Colours): PrismTheme => ({
  plain: { color: colours.text, backgroundColor: "transparent" },
  styles: [
    { types: ["comment", "prolog", "doctype", "cdata"], style: { color: colours.quiet, fontStyle: "italic" } },
    { types: ["string", "char", "attr-value", "regex", "inserted"], style: { color: colours.string } },
    { types: ["keyword", "tag", "atrule", "key", "label-key"], style: { color: colours.keyword } },
    { types: ["number", "boolean", "constant", "variable"], style: { color: colours.number } },
    { types: ["function", "property", "attr-name", "deleted"], style: { color: colours.name } },
  ],
});

export const lightCode = theme({
  text: "#1f2733",
  quiet: "#5b6675",
  string: "#0b6b3a",
  keyword: "#1d5fbf",
  number: "#8a4b00",
  name: "#7a2e8c",
});

export const darkCode = theme({
  text: "#dde3ec",
  quiet: "#98a4b5",
  string: "#8fd6a5",
  keyword: "#7db4ff",
  number: "#f0bd7a",
  name: "#d8a6ee",
});
