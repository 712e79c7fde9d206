import type { Channel } from "./channel.ts";
import { linesOf, titleOf } from "./event.ts";
import { postJson } from "./post.ts";

/**
 * A Slack incoming webhook. What we cannot vouch for stands in plain_text blocks, where Slack neither formats nor links nor mentions
 * anybody; `text` is the fallback that notifications show, and there &, < and > are escaped, so that no name is read as `<!channel>`.
 */
export function slackChannel(webhook: URL): Channel {
  return {
    name: "slack",
    async send(event, signal) {
      // So short that the runbook at its end stays within the block.
      const [title, lines] = [titleOf(event), linesOf(event, 1800)];
      const body = {
        text: escapeMrkdwn(title),
        blocks: [block(`${icons[event.kind]} ${title}`), block(lines.join("\n"))],
      };
      await postJson(webhook, body, signal, secretsOf(webhook));
      return undefined;
    },
  };
}

/** Longest first. What is shorter than any token is a word that answers may use. */
const secretsOf = ({ href, pathname }: URL): readonly string[] => [
  href,
  pathname,
  ...pathname.split("/").filter((part) => part.length >= 6 && part !== "services"),
];

const icons = { failure: "🔴", "red-drill": "🔴", anomaly: "🟠", recovery: "🟢", success: "🟢", test: "⚪" } as const;

/** A block takes 3000 characters. */
const block = (text: string) => ({
  type: "section",
  text: { type: "plain_text", text: text.slice(0, 3000).toWellFormed(), emoji: false },
});

/** The three characters that Slack's markup is made of. */
export const escapeMrkdwn = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
