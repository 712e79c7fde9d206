/**
 * What a run does, in this order. `ms`: how long the simulated work takes at least; real pipelines differ from step to
 * step as well.
 */
export const steps = [
  { name: "checkout", ms: 120, why: "a shallow clone over the network" },
  { name: "build", ms: 500, why: "most of the processor time goes here" },
  { name: "test", ms: 800, why: "the longest, and the one that fails most" },
  { name: "package", ms: 200, why: "layers and a digest" },
  { name: "deploy", ms: 300, why: "hands the package on and waits for its health" },
] as const satisfies readonly { readonly name: string; readonly ms: number; readonly why: string }[];

export type StepName = (typeof steps)[number]["name"];

export const stepNames = steps.map(({ name }) => name) as [StepName, ...StepName[]];
