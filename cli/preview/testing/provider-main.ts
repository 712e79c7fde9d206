import type { CheckResult, CreateResult, DiffResult, Provider, UpdateResult } from "@pulumi/pulumi/provider/index.js";
import { main } from "@pulumi/pulumi/provider/index.js";

type Properties = Readonly<Record<string, unknown>>;

/** A provider that keeps nothing: `name` and `size` force a new resource, `refuse` makes its check fail, `dbr` deletes first. */
const provider: Provider = {
  version: "1.0.0",
  async check(_urn: string, _olds: Properties, news: Properties): Promise<CheckResult> {
    const failures = news["refuse"] === true ? [{ property: "refuse", reason: "is set" }] : [];
    return { inputs: news, failures };
  },
  async diff(_id: string, _urn: string, olds: Properties, news: Properties): Promise<DiffResult> {
    const keys = [...new Set([...Object.keys(olds), ...Object.keys(news)])];
    const changed = keys.filter((key) => JSON.stringify(olds[key]) !== JSON.stringify(news[key]) && key !== "token");
    const replaces = changed.filter((key) => key === "name" || key === "size");
    return { changes: changed.length > 0, replaces, deleteBeforeReplace: news["dbr"] === true };
  },
  async create(urn: string, inputs: Properties): Promise<CreateResult> {
    return { id: urn.split("::").at(-1) ?? "id", outs: { ...inputs, token: "made-by-the-provider" } };
  },
  async update(_id: string, _urn: string, _olds: Properties, news: Properties): Promise<UpdateResult> {
    return { outs: news };
  },
  async delete(): Promise<void> {},
};

await main(provider, process.argv.slice(2));
