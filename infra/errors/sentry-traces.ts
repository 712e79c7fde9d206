/**
 * Sentry's OTLP endpoint for traces, and the value of its header x-sentry-auth, from a DSN, as Sentry's own SDK makes them.
 * @throws Error when it is no DSN; the message does not repeat it
 */
export function sentryTraces(dsn: string): { endpoint: string; auth: string } {
  const url = URL.parse(dsn.trim());
  const project = url && /^(.*)\/(\d+)$/.exec(url.pathname);
  if (!url?.username || !project)
    throw new Error("golive:sentryDsn must look like https://<key>@<host>/<project number>");
  const [, before, number] = project;
  return {
    endpoint: `${url.protocol}//${url.host}${before}/api/${number}/integration/otlp/v1/traces/`,
    auth: `sentry sentry_key=${url.username}`,
  };
}
