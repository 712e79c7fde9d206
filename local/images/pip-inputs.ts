import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

/** Settings of pip that say where packages come from. All others name files of this machine or mean nothing in a build. */
const kept = ["index-url", "extra-index-url", "trusted-host", "proxy", "timeout", "retries"] as const;

/** The pip.conf that a build sees (mounted, never in a layer): the user's index and its credentials; variables win, as with pip. */
export function pipConfForBuild(userConf: string, env: Readonly<Record<string, string | undefined>>): string {
  const lines = kept.flatMap((key) => {
    const value = env[`PIP_${key.toUpperCase().replaceAll("-", "_")}`] ?? settingOf(userConf, key);
    return value ? [`${key} = ${value.trim().split(/\s+/).join("\n  ")}`] : [];
  });
  return `[global]\n${lines.map((line) => `${line}\n`).join("")}`;
}

/** A setting of the sections that `pip install` reads; its values may go on in indented lines. */
function settingOf(conf: string, key: string): string | undefined {
  const lines = conf.split("\n");
  let [section, found]: [string, string | undefined] = ["", undefined];
  for (const [at, line] of lines.entries()) {
    section = /^\[([^\]]*)\]/.exec(line)?.[1] ?? section;
    const [, name = "", value = ""] = /^([\w-]+)\s*[=:]\s*(.*)$/.exec(line) ?? [];
    if (name.replaceAll("_", "-").toLowerCase() !== key || !["global", "install"].includes(section)) continue;
    const more = lines.slice(at + 1).findIndex((next) => !/^\s+\S/.test(next));
    found = [value, ...lines.slice(at + 1, more < 0 ? undefined : at + 1 + more)].join(" ");
  }
  return found;
}

/** The user's pip.conf, or the machine's; empty without one. */
export async function userPipConf(env: Readonly<Record<string, string | undefined>>): Promise<string> {
  const places = env.PIP_CONFIG_FILE
    ? [env.PIP_CONFIG_FILE]
    : [
        join(env.XDG_CONFIG_HOME ?? join(homedir(), ".config"), "pip/pip.conf"),
        join(homedir(), ".pip/pip.conf"),
        "/etc/pip.conf",
      ];
  for (const place of places) {
    const text = await readFile(place, "utf8").catch(() => undefined);
    if (text !== undefined) return text;
  }
  return "";
}
