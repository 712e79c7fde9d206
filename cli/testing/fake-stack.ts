import type { OpenStack } from "../stack/engine.ts";
import type { FakeWorld } from "./fake-world.ts";

/** A stack whose engine does as the world says; what it was asked for is among the world's calls. */
export function fakeStack(fake: FakeWorld): OpenStack {
  const { calls } = fake;
  const told = <T>(call: string, answer: T): T => {
    calls.push(call);
    return answer;
  };
  return {
    hasConfig: async () => false,
    setSecret: async (key) => void calls.push(`set secret ${key}`),
    cancel: async () => void calls.push("cancel"),
    pending: async () => fake.pending,
    refresh: async () => told("refresh", {}),
    async up(report, { refresh, plan } = {}) {
      calls.push(["up", ...(refresh ? ["--refresh"] : []), ...(plan ? [`--plan ${plan}`] : [])].join(" "));
      await fake.during();
      report("creating Deployment gateway (3 done, 1 in hand)");
      if (fake.updateError) throw fake.updateError;
      return { changes: fake.changes, outputs: {} };
    },
    preview: async (_report, { refresh, plan } = {}) => {
      fake.duringPreview();
      const call = ["preview", ...(refresh ? ["--refresh"] : []), ...(plan ? [`--plan ${plan}`] : [])].join(" ");
      return told(call, { events: fake.events, failure: fake.previewFailure });
    },
    destroy: async () => told("destroy", { delete: 41 }),
    importState: async () => void calls.push("import state"),
  };
}
