/**
 * Draws architecture.svg from the tables the platform itself is made of: workloads and the network edges between them.
 * So the picture cannot show a connection that the policies refuse, nor hide one that they allow.
 *
 *   node docs/architecture.ts     writes docs/architecture.svg
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { edgesWhen } from "@golive/infra/network/edges.ts";
import { publishedPorts } from "@golive/infra/ports.ts";
import { type WorkloadName, workloads } from "@golive/infra/workloads.ts";
import { Graphviz } from "@hpcc-js/wasm-graphviz";

/** What a box says under its name. */
const captions = {
  gateway: "REST API, two replicas",
  postgres: "CloudNativePG, primary and standby",
  bugsink: "errors, grouped",
  valkey: "cache",
  backup: "jobs: dump, manifest last; restore",
  "backup-care": "jobs: verify, prune, hold",
  "backup-drill": "weekly job: restore and compare",
  "backup-drill-point-in-time": "weekly job: recover and compare",
  "backup-monitor": "seven health checks, metrics",
  "object-store": "S3: versioned, Object Lock",
  bucket: "Job: makes the bucket",
  jaeger: "OTLP in, Badger, span metrics",
  prometheus: "scrapes, rules, exemplars",
  alertmanager: "groups and routes alerts",
  "alert-log": "alerts to a log",
  runbooks: "what to do, as pages",
  "postgres-operator": "CloudNativePG operator",
  "barman-plugin": "archives WAL and base backups",
  "postgres-recovery": "a moment of the past, for a restore",
  "postgres-drill": "a moment of the past, for a drill",
} as const satisfies Record<WorkloadName, string>;

const areas = {
  app: "application",
  storage: "storage",
  observability: "observability",
  operator: "operator",
} as const;

const stateful = new Set<WorkloadName>(["postgres", "object-store", "jaeger", "prometheus"]);

const quote = (text: string) => JSON.stringify(text);

function box(name: WorkloadName): string {
  const published = Object.values(publishedPorts).find((port) => port.workload === name);
  const port = published ? `<BR/><FONT POINT-SIZE="9" COLOR="#0b6e4f">127.0.0.1:${published.host}</FONT>` : "";
  const label = `<<B>${name}</B><BR/><FONT POINT-SIZE="9">${captions[name]}</FONT>${port}>`;
  return `${quote(name)} [label=${label}, shape=${stateful.has(name) ? "cylinder" : "box"}]`;
}

function area(key: keyof typeof areas): string {
  const inside = (Object.keys(workloads) as WorkloadName[]).filter((name) => workloads[name].namespace === key);
  return `subgraph ${quote(`cluster_${key}`)} { label=${quote(`namespace: ${areas[key]}`)}; ${inside.map(box).join("; ")} }`;
}

/** The local platform as a graph in the DOT language. Edges to DNS and the API server are every pod's and left out. */
export function architectureDot(): string {
  const everyPods = new Set<string>(["dns", "api-server"]);
  const local = edgesWhen(new Set(["in-cluster", "published", "point-in-time"] as const));
  const shown = local.filter(({ from, to }) => !everyPods.has(from) && !everyPods.has(to) && from !== to);
  const lines = shown.map(
    ({ from, to, ports }) => `${quote(from)} -> ${quote(to)} [label=${quote(` ${ports.join(", ")} `)}]`,
  );
  return `digraph platform {
    rankdir=LR; bgcolor="white"; pad=0.3; nodesep=0.35; ranksep=0.9; fontname="Helvetica"; fontsize=11; compound=true
    node [fontname="Helvetica", fontsize=12, style="filled,rounded", fillcolor="#f4f7fb", color="#38507a", margin="0.32,0.1"]
    edge [fontname="Helvetica", fontsize=9, color="#6b7a90", fontcolor="#6b7a90", arrowsize=0.7]
    graph [style="rounded", color="#c3cedd", fontcolor="#38507a"]
    clients [label="people and programs", shape=plaintext, style="", fillcolor="none"]
    ${(Object.keys(areas) as (keyof typeof areas)[]).map(area).join("\n    ")}
    ${lines.join("\n    ")}
  }`;
}

/** The drawing; the same bytes for the same tables. */
export async function architectureSvg(): Promise<string> {
  const graphviz = await Graphviz.load();
  return graphviz.layout(architectureDot(), "svg", "dot");
}

if (process.argv[1] === import.meta.filename)
  writeFileSync(join(import.meta.dirname, "architecture.svg"), await architectureSvg());
