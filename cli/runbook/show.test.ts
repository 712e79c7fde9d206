import { describe, expect, test } from "vitest";
import { fakeWorld } from "../testing/fake-world.ts";
import { widthOf } from "./inline.ts";
import { readPage } from "./page.ts";
import { renderPage } from "./render.ts";
import { walkThrough } from "./steps.ts";
import { fence, front, writePages } from "./testing/page-text.ts";
import { readSteps } from "./testing/steps-of.ts";

const page = `${front({ slug: "/alerts/gateway-down", title: "Gateway down" })}
<!-- facts -->

## Meaning {#meaning}

Nobody is **served**, see \`{{gateway}}\` and [the other page](../backup/index.md#x), which
goes on in the next line of the source.

:::danger[It interrupts]
Do not.
:::

1. Look:
${fence("./golive status {{stack}}", 'sh expect="ok"').replace(/^(?=.)/gm, "   ")}
2. Act:
${fence("./golive undo", 'sh danger expect="x"').replace(/^(?=.)/gm, "   ")}

| Key | Value |
| --- | --- |
| a | one two three four five six seven |
| bb | two |

<details><summary>Yes</summary>

- [x] done

</details>

\`\`\`mermaid
flowchart TD
\`\`\`
`;

const look = { columns: 40, colour: false };

describe("a page on a terminal", () => {
  test("is wrapped, has its steps numbered and marked, and shows no Markdown", () => {
    expect(
      renderPage(readPage("alerts/gateway-down.md", page), { look, environment: undefined }),
    ).toMatchInlineSnapshot(`
      "Gateway down
      ============

      Meaning
      -------

      Nobody is served, see \`{{gateway}}\` and
      the other page (backup), which goes on
      in the next line of the source.

      ! DANGER: It interrupts
      Do not.

      1. Look:

           [1]
             ./golive status {{stack}}
      2. Act:

           [2] changes data or interrupts
             ./golive undo

      Key  Value
      a    one two three four five six seven
      bb   two

      + Yes

      - [x] done"
    `);
  });

  test("is never wider than it may be, but for commands", () => {
    const shown = renderPage(readPage("a.md", page), { look: { columns: 30, colour: true }, environment: undefined });
    for (const line of shown.split("\n").filter((each) => !/golive|^ +\[\d+\]/.test(each)))
      expect(widthOf(line)).toBeLessThanOrEqual(30);
    expect(shown).toContain("\u001b[1mserved\u001b[22m");
  });
});

function checkout() {
  const fake = fakeWorld();
  fake.env = { PATH: process.env.PATH };
  writePages(fake.world.places.repo, {
    "alerts/gateway-down.md": page,
    "b.md":
      front({ slug: "/b" }) +
      fence("echo one {{stack}}", 'sh expect="one"') +
      fence("echo two", 'sh danger expect="2"'),
  });
  return fake;
}

describe("golive runbook", () => {
  test("lists the pages", async () => {
    expect((await checkout().golive("runbook")).stdout).toBe(
      "alerts/gateway-down  Gateway down\nb                    A title\n",
    );
  });

  test("shows a page with the values of a stack, without cluster and network", async () => {
    const { stdout, exit } = await checkout().golive("runbook", "gateway-down", "--stack", "e2e");
    expect(exit).toBe(0);
    expect(stdout).toContain("./golive status e2e");
    expect(stdout).not.toContain("\u001b");
  });

  test("names the nearest pages when there is none of that name", async () => {
    const { stderr, exit } = await checkout().golive("runbook", "gateway-dwn");
    expect({ exit, stderr }).toEqual({
      exit: 2,
      stderr:
        'error USAGE: there is no page "gateway-dwn"\nhint: Nearest are: gateway-down. `golive runbook` lists them all.\n',
    });
  });

  test("runs one step and says whether it was as expected", async () => {
    const fake = checkout();
    expect(await fake.golive("runbook", "b", "--step", "1")).toMatchObject({
      exit: 0,
      stdout: "one local\n\nas expected\n",
    });
    expect(await fake.golive("runbook", "b", "--step", "2")).toMatchObject({ exit: 2, stdout: "" });
    const bad = await fake.golive("runbook", "b", "--step", "2", "--yes");
    expect(bad).toMatchObject({ exit: 9, stdout: "two\n\nNOT as expected: the output does not match 2\n" });
    expect((await fake.golive("runbook", "b", "--step", "3")).stderr).toContain("The page has steps 1 to 2.");
  });

  test("gives programs the page and its steps", async () => {
    const { stdout } = await checkout().golive("runbook", "b", "--json");
    expect(JSON.parse(stdout)).toMatchObject({
      slug: "b",
      steps: [
        { step: 1, command: "echo one local", expect: "one", danger: false },
        { step: 2, danger: true },
      ],
    });
  });

  test("offers each step in turn: yes runs it, anything else does not, q ends", async () => {
    const answers = ["y", "s", "y", "q", "y"];
    const fake = checkout();
    const world = {
      ...fake.world,
      ask: async () => answers.shift() ?? "",
      emit: (line: string) => void fake.lines.push(line),
    };
    const bad = await readSteps(world, ["echo a", "echo b", "echo c; exit 1", "echo d", "echo e"], (steps) =>
      walkThrough(world, steps),
    );
    expect(bad).toBe(1);
    const said = fake.lines.join("\n");
    expect(said).toContain("a\n\nas expected");
    expect(said).toContain("c\n\nNOT as expected: exit 1, expected 0");
    expect(said).not.toMatch(/^[bde]$/m);
    expect(answers).toEqual(["y"]);
  });
});
