/**
 * The only modules that import hooks may wrap. Without a list every module is wrapped, which costs start-up time and breaks some.
 * `undici` is absent on purpose: Node's own fetch reports through diagnostics channels.
 */
export const instrumentedModules = [
  "express",
  "router",
  "pg",
  "pg-pool",
  "ioredis",
  "http",
  "https",
  "node:http",
  "node:https",
] as const;
