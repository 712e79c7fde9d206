import type { Manifest } from "../../catalogue/manifest.ts";
import { bytesText } from "../../format.ts";
import { visitorText } from "../sessions.ts";
import type { Toc, TocEntry } from "../toc.ts";
import type { ServerFacts } from "./facts.ts";
import { type Finding, names, refuses, tells } from "./finding.ts";
import { archiveColumns, schemaDiff } from "./schema-diff.ts";

/** What is wanted of the restore, as far as the checks ask. */
export interface Plan {
  /** The live database is replaced. */
  readonly replace: boolean;
  readonly owners: boolean;
  readonly rights: boolean;
  readonly tablespaces: boolean;
  /** Of the restored database itself; undefined for the server's default. */
  readonly tablespace: string | undefined;
  readonly publications: boolean;
  readonly subscriptions: boolean;
  readonly createRoles: boolean;
  /** Owner of the restored database; null for the connected role. */
  readonly owner: string | null;
  /** Entries that are restored; undefined for all. */
  readonly chosen: ReadonlySet<number> | undefined;
}

export interface Given {
  readonly manifest: Manifest;
  readonly plan: Plan;
  readonly server: ServerFacts;
  readonly toc: Toc | undefined;
  /** Entries that are restored under this plan. */
  readonly entries: readonly TocEntry[];
}

/** Every check, in the order in which people are told. Pure: facts in, findings out. */
export function findAll(given: Omit<Given, "entries">): Finding[] {
  const entries = (given.toc?.entries ?? []).filter((entry) => restored(entry, given.plan));
  return all.flatMap((check) => check({ ...given, entries }));
}

const leftOut: Readonly<Record<string, (plan: Plan) => boolean>> = {
  DATABASE: () => true,
  "DATABASE PROPERTIES": () => true,
  ACL: ({ rights }) => !rights,
  "DEFAULT ACL": ({ rights }) => !rights,
  PUBLICATION: ({ publications }) => !publications,
  "PUBLICATION TABLE": ({ publications }) => !publications,
  "PUBLICATION TABLES IN SCHEMA": ({ publications }) => !publications,
  SUBSCRIPTION: ({ subscriptions }) => !subscriptions,
};

function restored(entry: TocEntry, plan: Plan): boolean {
  if (plan.chosen !== undefined && !plan.chosen.has(entry.dumpId)) return false;
  if (entry.kind === "ACL" && entry.tag.startsWith("DATABASE ")) return false;
  return leftOut[entry.kind]?.(plan) !== true;
}

const all: readonly ((given: Given) => Finding[])[] = [
  ({ manifest, plan }) =>
    manifest.scope.whole || !plan.replace
      ? []
      : [
          refuses(
            "scope",
            `backup ${manifest.id} holds only a part of the database (${[...manifest.scope.include, ...manifest.scope.exclude.map((pattern) => `not ${pattern}`)].join(", ")})`,
            "Restore it into a new database with --into.",
          ),
        ],
  space,
  ({ server: { programProblem } }) =>
    programProblem === undefined ? [] : [refuses("programs", programProblem.text, programProblem.cure)],
  ({ manifest, server }) =>
    manifest.server.major <= server.major
      ? []
      : [
          tells(
            "programs",
            `the backup is of a server of version ${manifest.server.version}, this one is ${server.version}: what is new there does not restore here`,
          ),
        ],
  ({ manifest, server }) =>
    server.localeProblem === undefined
      ? []
      : [
          refuses(
            "locale",
            `the server cannot have a database with encoding ${manifest.server.encoding} and locale ${manifest.server.locale ?? manifest.server.collate}: ${server.localeProblem}`,
            "Install the locale on the server's machine, or restore into a server that has it.",
          ),
        ],
  extensions,
  roles,
  tablespaces,
  rights,
  sessions,
  replication,
  ({ toc, plan, server }) =>
    plan.replace && toc && server.live?.columns
      ? schemaDiff(archiveColumns(toc.entries), server.live.columns).map((line) => tells("schema", line))
      : [],
  ({ manifest, server }) =>
    server.systemIdentifier === undefined || server.systemIdentifier === manifest.server.systemIdentifier
      ? []
      : [tells("server", "this is not the server that was backed up")],
];

/** Rows take more room with the log of writing them. */
const serverFactor = 1.2;

function space({ manifest, server }: Given): Finding[] {
  const [archive, database] = [manifest.dump.plain.bytes, Math.round(manifest.server.databaseBytes * serverFactor)];
  const findings: Finding[] = [];
  if (server.scratchFree < archive)
    findings.push(
      refuses(
        "space",
        `${bytesText(server.scratchFree)} are free in the scratch folder, the archive needs ${bytesText(archive)}`,
        "Give BACKUP_SCRATCH_FOLDER a larger disk.",
      ),
    );
  if (server.serverFree !== undefined && server.serverFree < database)
    findings.push(
      refuses(
        "space",
        `${bytesText(server.serverFree)} are free on the server's disk, the restored database needs about ${bytesText(database)} beside what is there`,
        "Make room there; `golive-backup restore status` lists databases kept by earlier restores.",
      ),
    );
  if (server.serverFree === undefined)
    findings.push(
      tells("space", `the server needs about ${bytesText(database)} of free disk, which cannot be asked from here`),
    );
  return findings;
}

function extensions({ manifest, server, entries, toc }: Given): Finding[] {
  const wanted = toc
    ? manifest.server.extensions.filter(({ name }) =>
        entries.some(({ kind, tag }) => kind === "EXTENSION" && tag === name),
      )
    : manifest.server.extensions.filter(({ name }) => name !== "plpgsql");
  return wanted.flatMap(({ name, version }): Finding[] => {
    const here = server.extensions.filter((one) => one.name === name);
    const preset = here.find((one) => one.preset);
    if (preset === undefined)
      return [
        refuses(
          "extensions",
          `extension ${name} ${version} is not on the server`,
          `Install it on the server's machine (its package, for one postgresql-${server.major}-${name}).`,
        ),
      ];
    if (!preset.trusted && !server.me.superuser)
      return [
        refuses(
          "extensions",
          `extension ${name} can be made by a superuser only, and ${JSON.stringify(server.me.name)} is none`,
          "Restore as a superuser.",
        ),
      ];
    return preset.version === version
      ? []
      : [tells("extensions", `extension ${name} comes as ${preset.version}, the backup had ${version}`)];
  });
}

/** Kinds whose definitions name roles that have to be there. */
const naming = new Set(["POLICY", "USER MAPPING", "ACL", "DEFAULT ACL"]);

/** Roles that the server lacks and the restore needs, under this plan. */
export function missingRoles({ manifest, plan, server, entries, toc }: Given): string[] {
  const needs = (role: string): boolean => {
    if (role === (plan.owner ?? server.me.name)) return true;
    if (toc === undefined) return plan.owners || plan.rights;
    return entries.some(
      ({ kind, owner, definition }) =>
        (plan.owners && owner === role) || (naming.has(kind) && mentions(definition, role)),
    );
  };
  const candidates = new Set([
    ...manifest.roles,
    ...(plan.owners ? entries.map(({ owner }) => owner) : []),
    ...(plan.owner === null ? [] : [plan.owner]),
  ]);
  return [...candidates].filter((role) => role !== "" && !server.roles.has(role) && needs(role)).sort();
}

/** As SQL writes a role: bare, or in double quotes. */
function mentions(definition: string, role: string): boolean {
  const quoted = `"${role.replaceAll('"', '""')}"`;
  if (definition.includes(quoted)) return true;
  return (
    /^[a-z_][a-z0-9_$]*$/.test(role) &&
    new RegExp(`(?<![\\w$"])${role.replaceAll("$", "\\$")}(?![\\w$"])`).test(definition)
  );
}

function roles(given: Given): Finding[] {
  const missing = missingRoles(given);
  if (missing.length === 0) return [];
  const { plan, server } = given;
  const text = `${missing.length === 1 ? "role" : "roles"} ${names(missing)} ${missing.length === 1 ? "is" : "are"} not on the server`;
  if (!plan.createRoles)
    return [
      refuses(
        "roles",
        text,
        "Give --create-roles to make them (without login and password), or --owner <role> (or --no-owner) with --no-acl to do without them.",
      ),
    ];
  if (server.me.superuser || server.me.createrole) return [tells("roles", `${text} and will be made, without login`)];
  return [
    refuses(
      "roles",
      `${text}, and ${JSON.stringify(server.me.name)} may not make them`,
      "Give it CREATEROLE, or make them first.",
    ),
  ];
}

function tablespaces({ manifest, plan, server, entries, toc }: Given): Finding[] {
  if (!plan.tablespaces) return [];
  const used = toc
    ? [
        ...entries.flatMap(({ tablespace }) => tablespace ?? []),
        ...(plan.tablespace === undefined ? [] : [plan.tablespace]),
      ]
    : manifest.tablespaces;
  const missing = [...new Set(used)].filter((name) => !server.tablespaces.has(name)).sort();
  if (missing.length === 0) return [];
  return [
    refuses(
      "tablespaces",
      `${missing.length === 1 ? "tablespace" : "tablespaces"} ${names(missing)} ${missing.length === 1 ? "is" : "are"} not on the server`,
      "Give --no-tablespaces to put their tables into the default one, or make them first.",
    ),
  ];
}

/** Kinds that only a superuser makes, and the flag that leaves them out, where there is one. */
const superuserKinds: readonly {
  kind: string;
  when: (definition: string) => boolean;
  without?: string;
  from?: number;
}[] = [
  {
    kind: "PUBLICATION",
    when: (sql) => /\bFOR (ALL TABLES|TABLES IN SCHEMA)\b/.test(sql),
    without: "--no-publications",
  },
  { kind: "PUBLICATION TABLES IN SCHEMA", when: () => true, without: "--no-publications" },
  { kind: "SUBSCRIPTION", when: () => true, without: "--no-subscriptions", from: 16 },
  { kind: "EVENT TRIGGER", when: () => true },
  { kind: "FOREIGN DATA WRAPPER", when: () => true },
  { kind: "FUNCTION", when: (sql) => /\bLANGUAGE (c|internal)\b/.test(sql) },
  { kind: "ACCESS METHOD", when: () => true },
];

function rights({ plan, server, entries }: Given): Finding[] {
  const { me } = server;
  if (me.superuser) return [];
  const findings: Finding[] = [];
  const who = JSON.stringify(me.name);
  if (!me.createdb)
    findings.push(
      refuses("rights", `${who} may not make databases`, `Run \`alter role ${who} createdb\` as a superuser.`),
    );
  const owners = [
    ...(plan.owner === null ? [] : [plan.owner]),
    ...(plan.owners ? entries.map(({ owner }) => owner) : []),
  ];
  const foreign = [...new Set(owners)]
    .filter((role) => role !== "" && server.roles.has(role) && !me.memberOf.has(role))
    .sort();
  if (foreign.length > 0)
    findings.push(
      refuses(
        "rights",
        `${who} is not a member of ${names(foreign)}, who own what is restored`,
        `Grant it ${foreign.length === 1 ? "that role" : "those roles"}, or give --owner <role> or --no-owner.`,
      ),
    );
  for (const { kind, when, without, from } of superuserKinds) {
    const found = entries.filter((entry) => entry.kind === kind && when(entry.definition)).map(({ tag }) => tag);
    if (found.length === 0 || (from !== undefined && server.major >= from && me.memberOf.has("pg_create_subscription")))
      continue;
    findings.push(
      refuses(
        "rights",
        `${kind.toLowerCase()} ${names(found.slice(0, 5))} can be made by a superuser only`,
        without
          ? `Give ${without} to leave ${found.length === 1 ? "it" : "them"} out, or restore as a superuser.`
          : "Restore as a superuser.",
      ),
    );
  }
  const forced = entries.some(({ definition }) => /\bFORCE ROW LEVEL SECURITY\b/.test(definition));
  if (forced && !me.bypassrls)
    findings.push(
      refuses(
        "rights",
        `tables with forced row security cannot be compared by ${who}`,
        `Run \`alter role ${who} bypassrls\` as a superuser.`,
      ),
    );
  return findings;
}

function sessions({ plan, server }: Given): Finding[] {
  const visitors = plan.replace ? (server.live?.visitors ?? []) : [];
  const stuck = visitors.filter(({ endable }) => !endable);
  const ended = visitors.length - stuck.length;
  return [
    ...(ended === 0
      ? []
      : [tells("sessions", `${ended} ${ended === 1 ? "session" : "sessions"} in the database will be ended`)]),
    ...(stuck.length === 0
      ? []
      : [
          refuses(
            "sessions",
            `${stuck.map(visitorText).join(", ")} cannot be ended by ${JSON.stringify(server.me.name)}`,
            "End them yourself, or give the role pg_signal_backend (sessions of superusers can be ended by superusers only).",
          ),
        ]),
  ];
}

function replication({ plan, server, entries }: Given): Finding[] {
  const findings: Finding[] = [];
  const live = plan.replace ? server.live : undefined;
  if (live && live.prepared.length > 0)
    findings.push(
      refuses(
        "replication",
        `prepared transactions ${names(live.prepared)} keep the database from being renamed`,
        "End each with COMMIT PREPARED or ROLLBACK PREPARED in that database.",
      ),
    );
  if (live && live.slots.length > 0)
    findings.push(
      tells(
        "replication",
        `replication slots ${names(live.slots)} stay with the replaced database: their readers get nothing from the restored one`,
      ),
    );
  if (live && live.subscriptions.length > 0)
    findings.push(tells("replication", `subscriptions ${names(live.subscriptions)} stay with the replaced database`));
  const coming = entries.filter(({ kind }) => kind === "SUBSCRIPTION").map(({ tag }) => tag);
  if (coming.length > 0)
    findings.push(
      tells("replication", `subscriptions ${names(coming)} come disabled: nothing is fetched until you enable them`),
    );
  return findings;
}
