import { GoliveError } from "@golive/errors/golive-error.ts";
import type { TokenRequest } from "../../services/gateway/auth/issue-token.ts";
import { type Role, roles } from "../../services/gateway/auth/principal.ts";
import { type Input, stackArg, text, verb } from "../core/verb.ts";
import { readSecret } from "../kube/read-secret.ts";
import { readSettings, stackName } from "../stack/settings.ts";

const presetMinutes = 60;
const maxMinutes = 24 * 60;

export const token = verb({
  about: "issue a token for the gateway's API",
  details:
    "Signs a JSON Web Token with the stack's own secret and prints it, and nothing else, to stdout. It needs the right to read that " +
    "Secret in the cluster. Nothing takes a token back before it expires, short of disabling its user: keep it short-lived. Stacks " +
    "with an identity provider (golive:gateway.auth.jwksUrl) take that one's tokens instead.",
  args: [stackArg],
  flags: {
    role: { value: "role", about: `${roles.join(", ")}: each may do what the ones before it may (default: viewer)` },
    subject: { value: "id", about: "whose token it is, as logs and the audit log name them (default: golive-cli)" },
    minutes: { value: "n", type: "integer", about: `until it expires, 1 to ${maxMinutes} (default: ${presetMinutes})` },
  },
  json: true,
  examples: [
    {
      run: 'curl -H "authorization: Bearer $(golive token)" http://localhost:8000/api/projects',
      about: "one request as a viewer",
    },
    { run: "golive token --role operator --minutes 10", about: "who may start pipeline runs, for ten minutes" },
  ],
  exits: ["CONFIG_INVALID", "CLUSTER_UNREACHABLE"],
  async run(world, input) {
    const role = roleOf(input);
    const minutes = minutesOf(input);
    const subject = text(input, "subject") ?? "golive-cli";
    const settings = await readSettings(world, stackName(world, input));
    const namespace = `${settings.config.namespacePrefix}-app`;
    const secret = await readSecret(world, settings, { namespace, name: "gateway-tokens", key: "current" });
    if ("silent" in secret) throw noSecret(secret.silent);
    const issued = await issue(secret.value, { subject, roles: [role], minutes });
    const expires = new Date(world.clock.now().getTime() + minutes * 60_000).toISOString();
    return { exit: 0, json: { token: issued, subject, role, expires }, text: issued };
  },
});

async function issue(secret: string, request: TokenRequest): Promise<string> {
  // Loaded late: no other verb needs it.
  const { issueToken } = await import("../../services/gateway/auth/issue-token.ts");
  try {
    return await issueToken(secret, request);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new GoliveError("USAGE", `--subject: ${cause.message}`, "Give printable characters.", { cause });
  }
}

function roleOf(input: Input): Role {
  const given = text(input, "role") ?? "viewer";
  const role = roles.find((each) => each === given);
  if (role) return role;
  throw new GoliveError("USAGE", `--role ${given}: there is no such role`, `Give one of ${roles.join(", ")}.`);
}

function minutesOf({ minutes = presetMinutes }: Input): number {
  const value = Number(minutes);
  if (value >= 1 && value <= maxMinutes) return value;
  throw new GoliveError("USAGE", `--minutes ${value} is out of range`, `Give 1 to ${maxMinutes}.`);
}

function noSecret(why: string): GoliveError {
  if (/not found/i.test(why)) {
    return new GoliveError(
      "CONFIG_INVALID",
      `the stack signs no tokens itself: ${why}`,
      "Run ./golive up, or get a token from the identity provider that golive:gateway.auth.jwksUrl names.",
    );
  }
  return new GoliveError(
    "CLUSTER_UNREACHABLE",
    `the secret that signs tokens is not to be had: ${why}`,
    "Check with ./golive status that the cluster answers, and that you may read Secrets there.",
  );
}
