import { fire } from "./alerts/fire.ts";
import { list as alertsList } from "./alerts/list.ts";
import { list } from "./backup/list.ts";
import { monitor } from "./backup/monitor.ts";
import { prune } from "./backup/prune.ts";
import { run as backupRun } from "./backup/run.ts";
import { show } from "./backup/show.ts";
import { verify } from "./backup/verify.ts";
import { accept, hold, release } from "./backup/words.ts";
import { remove } from "./cluster/delete.ts";
import { start } from "./cluster/start.ts";
import { status as clusterStatus } from "./cluster/status.ts";
import { stop } from "./cluster/stop.ts";
import type { Verb } from "./core/verb.ts";
import { drift } from "./drift/drift.ts";
import { drill } from "./drill/drill.ts";
import { doctor } from "./platform/doctor.ts";
import { kubectl } from "./platform/kubectl.ts";
import { logs } from "./platform/logs.ts";
import { status } from "./platform/status.ts";
import { psql } from "./psql/psql.ts";
import { query } from "./query/query.ts";
import { drop } from "./restore/drop.ts";
import { restore } from "./restore/restore.ts";
import { status as restoreStatus } from "./restore/status.ts";
import { undo } from "./restore/undo.ts";
import { check } from "./runbook/check.ts";
import { confirm } from "./runbook/confirm.ts";
import { generate } from "./runbook/generate.ts";
import { run as runbookRun } from "./runbook/run.ts";
import { runbook } from "./runbook/show.ts";
import { destroy } from "./stack/destroy.ts";
import { env } from "./stack/env.ts";
import { preview } from "./stack/preview.ts";
import { up } from "./stack/up.ts";
import { test } from "./test/test.ts";
import { token } from "./token/token.ts";
import { trace } from "./trace/trace.ts";

/** Everything that golive does, as it is typed. The order is that of the help. */
export const verbs: Readonly<Record<string, Verb>> = {
  up,
  preview,
  drift,
  destroy,
  status,
  doctor,
  logs,
  trace,
  query,
  psql,
  token,
  "alerts list": alertsList,
  "alerts fire": fire,
  kubectl,
  "backup run": backupRun,
  "backup list": list,
  "backup show": show,
  "backup verify": verify,
  "backup prune": prune,
  "backup hold": hold,
  "backup release": release,
  "backup accept": accept,
  "backup monitor": monitor,
  restore,
  "restore status": restoreStatus,
  "restore drop": drop,
  undo,
  drill,
  "cluster start": start,
  "cluster stop": stop,
  "cluster status": clusterStatus,
  "cluster delete": remove,
  runbook,
  "runbook run": runbookRun,
  "runbook check": check,
  "runbook generate": generate,
  "runbook confirm": confirm,
  env,
  test,
};

export const nouns = {
  alerts: "rules of the error tracker: list them, set them off",
  backup: "make, check, keep and delete backups of a stack's databases",
  cluster: "the embedded Kubernetes of this machine",
  runbook: "pages that say what to do: read, run, check",
} as const;
