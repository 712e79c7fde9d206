// biome-ignore-all lint/suspicious/noTemplateCurlyInString: expressions of workflows, which are samples here
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { lintFolder, lintWorkflow, type Rule, rules } from "./workflow-lint.ts";

const workflows = join(import.meta.dirname, "../.github/workflows");
const sha = "3d3c42e5aac5ba805825da76410c181273ba90b1";

interface Sample {
  on?: string;
  permissions?: string;
  concurrency?: string;
  job?: string;
  steps?: string;
}

/** A workflow without fault, but for what a sample changes. */
function workflow({
  on = "pull_request",
  permissions = "permissions:\n  contents: read",
  concurrency = "concurrency: one",
  job = "timeout-minutes: 5",
  steps = "- run: 'true'",
}: Sample = {}): string {
  const indented = (text: string, by: number) =>
    text
      .split("\n")
      .map((line) => " ".repeat(by) + line)
      .join("\n");
  return `name: it\non:\n  ${on}:\n${permissions}\n${concurrency}\njobs:\n  it:\n    runs-on: ubuntu-24.04\n${indented(job, 4)}\n    steps:\n${indented(steps, 6)}\n`;
}

const timeout = "timeout-minutes: 5";
const guard = "if: github.event.pull_request.head.repo.full_name == github.repository";
const checkout = `- uses: actions/checkout@${sha} # v7.0.1\n  with: {persist-credentials: false}`;

/** Rule → a sample that breaks it, and the same put right. */
const samples: Record<Rule, { bad: Sample[]; good: Sample[] }> = {
  "no-pull-request-target": { bad: [{ on: "pull_request_target" }], good: [{ on: "pull_request" }] },
  "pinned-actions": {
    bad: [
      { steps: "- uses: actions/setup-node@v5 # v5" },
      { steps: "- uses: actions/setup-node@main # v5" },
      { steps: `- uses: actions/setup-node@${sha.slice(0, 12)} # v5` },
      { steps: `- uses: actions/setup-node@${sha}` },
      { steps: "- uses: docker://alpine:3" },
    ],
    good: [{ steps: `- uses: actions/setup-node@${sha} # v5.0.0` }, { steps: "- uses: ./ci/action" }],
  },
  "minimal-permissions": {
    bad: [
      { permissions: "" },
      { permissions: "permissions: write-all" },
      { permissions: "permissions:\n  contents: write" },
    ],
    good: [{ permissions: "permissions: {}" }, { job: `${timeout}\npermissions:\n  contents: write` }],
  },
  "no-untrusted-code": {
    bad: [
      { steps: "- run: echo ${{ github.event.pull_request.title }}" },
      { steps: "- run: git push origin ${{ github.head_ref }}" },
      { steps: "- run: echo ${{github.event.issue.body}}" },
      { steps: "- run: echo ${{ steps.x.outputs.y }}" },
      {
        steps: `- uses: actions/github-script@${sha} # v8.0.0\n  with:\n    script: console.log("\${{ github.event.comment.body }}")`,
      },
    ],
    good: [
      { steps: '- run: echo "$TITLE"\n  env:\n    TITLE: ${{ github.event.pull_request.title }}' },
      { steps: "- run: echo ${{ github.sha }}" },
    ],
  },
  "no-secrets-for-forks": {
    bad: [
      { steps: "- run: 'true'\n  env:\n    KEY: ${{ secrets.KEY }}" },
      { job: `${timeout}\nenvironment: preview\npermissions:\n  id-token: write` },
    ],
    good: [
      { job: `${timeout}\n${guard}`, steps: "- run: 'true'\n  env:\n    KEY: ${{ secrets.KEY }}" },
      { on: "push", steps: "- run: 'true'\n  env:\n    KEY: ${{ secrets.KEY }}" },
    ],
  },
  "environment-for-identity": {
    bad: [{ on: "push", job: `${timeout}\npermissions:\n  id-token: write` }],
    good: [{ on: "push", job: `${timeout}\nenvironment: production\npermissions:\n  id-token: write` }],
  },
  "no-checkout-after-a-run": {
    bad: [
      { on: "workflow_run", steps: checkout },
      { on: "workflow_run", steps: "- run: git fetch origin pull/1/head" },
      { on: "workflow_run", steps: "- run: gh pr checkout 1" },
    ],
    good: [{ on: "workflow_run" }, { on: "push", steps: checkout }],
  },
  "no-kept-credentials": {
    bad: [{ steps: `- uses: actions/checkout@${sha} # v7.0.1` }],
    good: [{ steps: checkout }],
  },
  timeouts: { bad: [{ job: "name: it" }], good: [{ job: timeout }] },
  concurrency: { bad: [{ concurrency: "" }], good: [{ concurrency: "", job: `${timeout}\nconcurrency: one` }] },
};

test("every rule has samples", () => {
  expect(Object.keys(samples).sort()).toEqual(Object.keys(rules).sort());
  expect(lintWorkflow(workflow())).toEqual([]);
});

test.each(Object.entries(samples) as [Rule, { bad: Sample[]; good: Sample[] }][])(
  "%s finds what breaks it, and nothing in what keeps it",
  (rule, { bad, good }) => {
    for (const sample of bad)
      expect(
        lintWorkflow(workflow(sample)).map((it) => it.rule),
        workflow(sample),
      ).toEqual([rule]);
    for (const sample of good) expect(lintWorkflow(workflow(sample)), workflow(sample)).toEqual([]);
  },
);

test("a file that is no workflow is an error, not a clean one", () => {
  for (const source of ["", "- a", "on: push\njobs: {}", "a: [", "on: push"])
    expect(() => lintWorkflow(source)).toThrow();
});

test("triggers are seen in every way of writing them", () => {
  for (const on of [
    "on: pull_request_target",
    "on: [push, pull_request_target]",
    "on:\n  pull_request_target:\n    types: [opened]",
  ])
    expect(lintWorkflow(workflow().replace("on:\n  pull_request:", on)).map(({ rule }) => rule)).toContain(
      "no-pull-request-target",
    );
});

test("the workflows of this repository are clean", () => {
  expect(lintFolder(workflows)).toEqual([]);
  expect(readdirSync(workflows).sort()).toEqual(
    expect.arrayContaining(["ci.yml", "comment.yml", "deploy.yml", "drift.yml", "preview-cloud.yml"]),
  );
});
