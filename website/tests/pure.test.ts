import { describe, expect, it } from "vitest";
import { inlineScriptHashes, scriptDifferences } from "../build-steps/inline-scripts.ts";
import { checkEnvironments } from "../plugins/environments.ts";
import { twinOf, twinPath } from "../plugins/markdown-twins.ts";
import { parseFenceMeta } from "../src/commands/fence.ts";
import { type Choice, chosenEnvironment, rememberEnvironment } from "../src/environment/choice.ts";
import { resolvePlaceholders } from "../src/environment/placeholders.ts";
import { ago, readStatus } from "../src/page/status.ts";

describe("placeholders", () => {
  it("become the environment's values", () => {
    expect(resolvePlaceholders("curl {{gateway}}/x --stack {{stack}}", { gateway: "http://g", stack: "local" })).toBe(
      "curl http://g/x --stack local",
    );
  });

  it("leave everything else as it is", () => {
    const text = "{{ $labels.db }} {{unknown}} {{toString}} {gateway} {{gateway";
    expect(resolvePlaceholders(text, { gateway: "http://g" })).toBe(text);
  });
});

describe("the words after a fence's language", () => {
  it("are told apart, whatever stands between the quotes", () => {
    expect(parseFenceMeta(String.raw`expect="danger {1,3} \"a\" skip=\"b\"" danger limit=300 title="x"`)).toEqual({
      danger: true,
      expect: 'danger {1,3} "a" skip="b"',
      rest: 'title="x"',
    });
  });

  it("may be absent", () => {
    expect(parseFenceMeta(undefined)).toEqual({ danger: false, rest: "" });
  });

  it("keep what is meant for the code block", () => {
    expect(parseFenceMeta('{1,3} skip="needs AWS" exit=3')).toEqual({
      danger: false,
      skip: "needs AWS",
      exit: "3",
      rest: "{1,3}",
    });
  });
});

describe("the environment", () => {
  const names = ["local", "staging", "production"];
  const choice = (search = "") => {
    const visit = new Map<string, string>();
    const browser = new Map<string, string>();
    const searches: string[] = [];
    const storage = (map: Map<string, string>) => ({
      getItem: (key: string) => map.get(key) ?? null,
      setItem: (key: string, value: string) => void map.set(key, value),
      removeItem: (key: string) => void map.delete(key),
    });
    const made: Choice = {
      address: { search },
      visit: storage(visit),
      browser: storage(browser),
      replaceSearch: (next) => void searches.push(next),
    };
    return { made, searches, visit, browser };
  };

  it("is local until somebody chooses", () => {
    expect(chosenEnvironment(names, choice().made)).toBe("local");
    expect(chosenEnvironment(names, choice("?env=nowhere").made)).toBe("local");
  });

  it("comes from the address, and stays for the tab", () => {
    const { made, visit, browser } = choice("?env=production");
    expect(chosenEnvironment(names, made)).toBe("production");
    expect([...visit.values()]).toEqual(["production"]);
    expect([...browser.values()]).toEqual([]);
  });

  it("is remembered by the browser, but never as production", () => {
    const { made, visit } = choice();
    rememberEnvironment("staging", made);
    rememberEnvironment("production", made);
    expect(chosenEnvironment(names, made)).toBe("production");
    visit.clear();
    expect(chosenEnvironment(names, made)).toBe("staging");
  });

  it("does not come from a storage that was written by hand", () => {
    const { made, browser } = choice();
    rememberEnvironment("staging", made);
    for (const key of browser.keys()) browser.set(key, "production");
    expect(chosenEnvironment(names, { ...made, visit: choice().made.visit })).toBe("local");
  });

  it("changes the address that named another", () => {
    const { made, searches } = choice("?q=a&env=production");
    rememberEnvironment("staging", made);
    expect(searches).toEqual(["?q=a&env=staging"]);
  });

  it("is local where the browser forbids storage", () => {
    const refuse = () => {
      throw new Error("denied");
    };
    const storage = { getItem: refuse, setItem: refuse, removeItem: refuse };
    expect(chosenEnvironment(names, { ...choice().made, visit: storage, browser: storage })).toBe("local");
  });

  it("must give every placeholder a value, and be there for local", () => {
    expect(() => checkEnvironments({ staging: { values: { stack: "staging" } } }, "environments.json")).toThrow(
      /staging\.gateway is missing.*local is missing/,
    );
  });
});

describe("a page's copy", () => {
  const pages = [
    {
      path: "/",
      file: "index.md",
      title: "",
      description: "",
      markdown: "[a](alerts/a.md#x) `[b](b.md)`\n\n```md\n[c](alerts/a.md)\n```\n",
    },
    {
      path: "/alerts/a/",
      file: "alerts/a.md",
      title: "",
      description: "",
      markdown: "[home](../index.md), [out](https://x/y.md)\n",
    },
  ] as const;

  it("lies where the page's address says", () => {
    expect([twinPath("/"), twinPath("/backup/restore/")]).toEqual(["/index.md", "/backup/restore.md"]);
  });

  it("links to other copies, and leaves code alone", () => {
    expect(twinOf(pages[0], pages)).toBe("[a](/alerts/a.md#x) `[b](b.md)`\n\n```md\n[c](alerts/a.md)\n```\n");
    expect(twinOf(pages[1], pages)).toBe("[home](/index.md), [out](https://x/y.md)\n");
  });
});

describe("scripts in pages", () => {
  it("count when they run", () => {
    const html = '<script src="/a.js"></script><script type="application/ld+json">{}</script><script>go()</script>';
    expect(inlineScriptHashes(html)).toHaveLength(1);
  });

  it("that changed are told with both hashes", () => {
    expect(scriptDifferences(new Set(["sha256-new"]), ["sha256-old"])).toEqual([
      "not allowed: sha256-new",
      "allowed, but in no page: sha256-old",
    ]);
  });
});

describe("the status", () => {
  const now = Date.parse("2026-11-28T10:00:00Z");
  const status = { at: "2026-11-28T09:46:00Z", lastProvenBackup: null, lastDrill: null, firing: [] };

  it("is unknown when it is old, from the future, or not a status", () => {
    expect(readStatus(status, now)).toEqual(status);
    expect(readStatus({ ...status, at: "2026-11-28T09:44:00Z" }, now)).toBe("unknown");
    expect(readStatus({ ...status, at: "2026-11-28T11:44:00Z" }, now)).toBe("unknown");
    expect(readStatus({ status: "unknown" }, now)).toBe("unknown");
    expect(readStatus({ ...status, at: "soon" }, now)).toBe("unknown");
    expect(readStatus(null, now)).toBe("unknown");
  });

  it.each([
    ["2026-11-28T09:59:30Z", "0 minutes ago"],
    ["2026-11-28T07:00:00Z", "3 hours ago"],
    ["2026-11-26T09:00:00Z", "2 days ago"],
  ])("counts as people do: %s is %s", (at, words) => {
    expect(ago(at, now)).toBe(words);
  });
});
