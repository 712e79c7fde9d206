/**
 * Every container image of the platform as data: what it is built on, what goes in, who it runs as, and why.
 * What is not named as an input never reaches the build, so the tag (a hash of the inputs) cannot miss a change.
 */
import type { ProgramName } from "../toolchain/index.ts";
import { dependenciesOf, type NpmService } from "./npm-inputs.ts";

/** Something that goes into an image, and where it lies in the build context. */
export type Input =
  /** A file or folder of the repository, at the same path in the context (so the Dockerfile also builds from the repository's root). */
  | { readonly repo: string }
  /** A program of the toolchain. */
  | { readonly tool: ProgramName; readonly to: string }
  /** A part of the Node that runs golive: the binary, or npm's folder. */
  | { readonly host: "node" | "npm"; readonly to: string }
  /** Made on the spot by a program of this folder. */
  | { readonly made: "debian-root" | "pause"; readonly to: string };

export interface Recipe {
  /** Dockerfile, relative to the repository's root. */
  readonly dockerfile: string;
  /** Passed as BASE_IMAGE. */
  readonly base: ImageOrBase | "scratch";
  /** Further images that the Dockerfile takes stages from: build argument → image. */
  readonly stages?: Readonly<Record<string, ImageOrBase>>;
  readonly inputs: readonly Input[];
  /** Package registries that its Dockerfile fetches from. Only these builds see the machine's settings for them. */
  readonly fetches?: readonly ("debian" | "npm" | "pip")[];
  /** Numeric, because "restricted" pods may only run images whose user Kubernetes can tell from root. */
  readonly user: number;
  /** Free disk in MB that the build needs beyond its base: context, layers and archive, measured and rounded up. */
  readonly diskMb: number;
  /** What it is for; also the image's description label. */
  readonly about: string;
}

/** Images that run in the cluster. */
export const imageNames = [
  "pause",
  "coredns",
  "local-path-provisioner",
  "local-path-helper",
  "cnpg-operator",
  "postgresql",
  "barman-plugin",
  "barman-sidecar",
  "versitygw",
  "jaeger",
  "prometheus",
  "alertmanager",
  "alert-log",
  "bugsink",
  "runbooks",
  "valkey",
  "gateway",
  "backup",
  "backup-drill",
] as const;
/** Images that others are built on; they stay in the build storage and are never archived. */
export const baseNames = ["debian", "static", "node", "node-build"] as const;

export type ImageName = (typeof imageNames)[number];
export type BaseName = (typeof baseNames)[number];
export type ImageOrBase = ImageName | BaseName;

/** The platform's own programs. */
const golive = 10001;
/** The uid that CloudNativePG starts Postgres with unless told otherwise. */
const postgres = 26;

const own = (name: ImageOrBase) => `local/images/${name}/Dockerfile`;
const program = (tool: ProgramName): Input => ({ tool, to: `bin/${tool}` });
/** Of the site's folder, what its build and its server read. */
const siteInputs = [
  "package.json",
  "package-lock.json",
  ".npmrc",
  "tsconfig.json",
  "build.ts",
  "docusaurus.config.ts",
  "redirects.ts",
  "sidebars.ts",
  "site.ts",
  "build-steps",
  "plugins",
  "server",
  "src",
  "static",
].map((name) => `website/${name}`);
const npmService = (service: NpmService) => ({
  dockerfile: `services/${service}/Dockerfile`,
  base: "node" as const,
  stages: { BUILD_IMAGE: "node-build" as const },
  inputs: dependenciesOf(service).map((repo) => ({ repo })),
  // Debian for what a Dockerfile adds beside Node, such as Postgres' client programs.
  fetches: ["npm", "debian"] as const,
  user: golive,
});

export const images = {
  debian: {
    dockerfile: own("debian"),
    base: "scratch",
    inputs: [{ made: "debian-root", to: "root.tar" }],
    user: golive,
    diskMb: 400,
    about: "Debian, minimal: a shell and apt, no locales, manuals or setuid programs",
  },
  static: {
    dockerfile: own("static"),
    base: "debian",
    inputs: [],
    user: golive,
    diskMb: 20,
    about: "nothing but CA certificates, time zones and users: for static programs that talk TLS",
  },
  node: {
    dockerfile: own("node"),
    base: "debian",
    inputs: [{ host: "node", to: "bin/node" }],
    user: golive,
    diskMb: 300,
    about: "Debian with the Node that runs golive itself",
  },
  "node-build": {
    dockerfile: own("node-build"),
    base: "node",
    inputs: [{ host: "npm", to: "npm" }],
    user: golive,
    diskMb: 60,
    about: "Node with npm, for build stages only: npm is in no image that runs",
  },
  pause: {
    dockerfile: own("pause"),
    base: "scratch",
    inputs: [{ made: "pause", to: "bin/pause" }],
    user: golive,
    diskMb: 20,
    about: "holds a pod's namespaces",
  },
  coredns: {
    dockerfile: own("coredns"),
    base: "static",
    inputs: [program("coredns")],
    user: golive,
    diskMb: 180,
    about: "the cluster's DNS",
  },
  "local-path-provisioner": {
    dockerfile: own("local-path-provisioner"),
    base: "static",
    inputs: [program("local-path-provisioner")],
    user: golive,
    diskMb: 180,
    about: "volumes as folders of the node",
  },
  "local-path-helper": {
    dockerfile: own("local-path-helper"),
    base: "debian",
    inputs: [],
    user: golive,
    diskMb: 60,
    about: "a shell that makes and removes a volume's folder; its pod sets the user, because those folders are root's",
  },
  "cnpg-operator": {
    dockerfile: own("cnpg-operator"),
    base: "static",
    stages: { SHELL_IMAGE: "debian" },
    inputs: [program("cnpg-manager")],
    user: golive,
    diskMb: 200,
    about: "the CloudNativePG operator, also the instance manager that it copies into every database pod",
  },
  postgresql: {
    dockerfile: own("postgresql"),
    base: "debian",
    inputs: [],
    fetches: ["debian"],
    user: postgres,
    diskMb: 600,
    about: "PostgreSQL 17 from Debian, started by CloudNativePG's instance manager",
  },
  "barman-plugin": {
    dockerfile: own("barman-plugin"),
    base: "static",
    inputs: [program("barman-plugin")],
    user: golive,
    diskMb: 200,
    about: "tells the CloudNativePG operator how database pods archive their WAL",
  },
  "barman-sidecar": {
    dockerfile: own("barman-sidecar"),
    base: "debian",
    inputs: [program("barman-plugin")],
    fetches: ["debian"],
    user: postgres,
    diskMb: 700,
    about: "stands beside Postgres: archives WAL, takes and restores base backups with barman-cloud",
  },
  versitygw: {
    dockerfile: own("versitygw"),
    base: "static",
    inputs: [program("versitygw")],
    user: golive,
    diskMb: 160,
    about: "the S3-compatible object store of local",
  },
  jaeger: {
    dockerfile: own("jaeger"),
    base: "static",
    inputs: [program("jaeger")],
    user: golive,
    diskMb: 250,
    about: "traces: collector, storage, span metrics and UI in one program",
  },
  prometheus: {
    dockerfile: own("prometheus"),
    base: "static",
    inputs: [program("prometheus")],
    user: golive,
    diskMb: 250,
    about: "metrics and alert rules",
  },
  alertmanager: {
    dockerfile: own("alertmanager"),
    base: "static",
    inputs: [program("alertmanager")],
    user: golive,
    diskMb: 120,
    about: "routes alerts to their receivers",
  },
  "alert-log": {
    dockerfile: "services/alert-log/Dockerfile",
    base: "node",
    inputs: [{ repo: "services/alert-log/server.ts" }],
    user: golive,
    diskMb: 150,
    about: "writes alerts as lines of a log: where they end without a channel to people",
  },
  bugsink: {
    dockerfile: own("bugsink"),
    base: "debian",
    inputs: ["requirements.txt", "environment.py", "bugsink_conf.py", "start.py"].map((file) => ({
      repo: `local/images/bugsink/${file}`,
    })),
    fetches: ["debian", "pip"],
    user: golive,
    diskMb: 900,
    about: "errors: takes what Sentry's SDKs send, groups it and shows it",
  },
  runbooks: {
    dockerfile: "website/Dockerfile",
    base: "node",
    stages: { BUILD_IMAGE: "node-build" },
    inputs: [...siteInputs, "runbooks"].map((repo) => ({ repo })),
    fetches: ["npm"],
    user: golive,
    diskMb: 1800,
    about: "the runbook site: static pages, and the state of backups and alerts",
  },
  valkey: {
    dockerfile: own("valkey"),
    base: "debian",
    inputs: [],
    fetches: ["debian"],
    user: golive,
    diskMb: 150,
    about: "rate limits shared by the gateway's replicas",
  },
  gateway: { ...npmService("gateway"), diskMb: 300, about: "the instrumented API gateway" },
  backup: { ...npmService("backup"), diskMb: 350, about: "backs databases up, proves and restores them" },
  "backup-drill": {
    dockerfile: "services/backup/drill/Dockerfile",
    base: "postgresql",
    stages: { BACKUP_IMAGE: "backup" },
    inputs: [],
    user: golive,
    diskMb: 500,
    about: "restores backups into a server of its own, to prove them",
  },
} as const satisfies Record<ImageOrBase, Recipe>;

/** The same table with every entry as a plain recipe. */
export const recipes: Readonly<Record<ImageOrBase, Recipe>> = images;
