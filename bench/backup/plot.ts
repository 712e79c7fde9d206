import type { Row } from "./results.ts";

const width = 760;
const labels = 280;
const rowHeight = 26;

/** Horizontal bars, one an arm, ours in another colour, with a line from the fastest to the slowest round; as SVG text. */
export function plot(rows: readonly Pick<Row, "name" | "seconds" | "fastest" | "slowest">[]): string {
  const longest = Math.max(...rows.map(({ slowest }) => slowest));
  const at = (seconds: number) => (labels + (seconds * (width - labels - 70)) / longest).toFixed(1);
  const body = rows.map(({ name, seconds, fastest, slowest }, index) => {
    const y = 12 + index * rowHeight;
    const fill = name.startsWith("golive") ? "#0b6e4f" : "#9aa5b1";
    return [
      `<text x="${labels - 8}" y="${y + 13}" text-anchor="end">${escaped(name)}</text>`,
      `<rect x="${labels}" y="${y}" width="${(Number(at(seconds)) - labels).toFixed(1)}" height="18" rx="2" fill="${fill}"/>`,
      `<path d="M${at(fastest)} ${y + 9}H${at(slowest)}" stroke="#1f2933"/>`,
      `<text x="${Number(at(slowest)) + 6}" y="${y + 13}">${seconds.toFixed(1)} s</text>`,
    ].join("");
  });
  const height = 24 + rows.length * rowHeight;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12" fill="#4a5560" role="img" aria-label="Seconds of each backup and restore">\n<rect width="100%" height="100%" fill="#fff"/>\n${body.join("\n")}\n</svg>\n`;
}

const escaped = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
