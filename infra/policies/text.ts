import { kindOf, type Part, type PlannedResource, type Policy, podTemplates } from "./resource.ts";
import { holdsSecret } from "./secret-mark.ts";

/** Shapes of keys and passwords; a name alone proves nothing here. */
const shapes: readonly (readonly [what: string, shape: RegExp])[] = [
  ["a private key", /-----BEGIN [A-Z ]*PRIVATE KEY-----/],
  ["an age identity", /AGE-SECRET-KEY-1[0-9A-Z]{20,}/],
  ["an access key of AWS", /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/],
  ["a token of GitHub or Slack", /\b(?:gh[pousr]_\w{20,}|xox[abprs]-[\w-]{10,})/],
  ["a webhook of Slack", /hooks\.slack\.com\/services\/T\w+\/B\w+\/\w+/],
  ["a password in an address", /[a-z][a-z0-9+.-]*:\/\/[^\s:/@]*:[^\s:/@$]+@/i],
  ["a bearer token", /\beyJ[\w-]{10,}\.[\w-]{10,}\./],
];

/** What is read as text by people: a value that Pulumi holds for a secret has no place in it, nor has one that looks like it. */
export const textPolicies = {
  noSecretInText: {
    why: "ConfigMaps, arguments and annotations are shown to whoever may look at the object",
    check: (resources) => [
      ...resources
        .filter((resource) => kindOf(resource) === "ConfigMap")
        .flatMap(({ name, inputs }) => found(name, "its data", inputs.data)),
      ...resources
        .filter(({ type }) => type.startsWith("kubernetes:"))
        .flatMap(({ name, inputs }) => found(name, "an annotation", (inputs.metadata as Part)?.annotations)),
      ...podTemplates(resources).flatMap(({ resource, containers }) =>
        containers.flatMap(({ name, args, command, env = [] }) => [
          ...found(resource, `an argument of container "${name}"`, [args, command]),
          ...found(
            resource,
            `the environment of container "${name}"`,
            (env as Part[]).map(({ value }) => value),
          ),
        ]),
      ),
    ],
  },
} as const satisfies Record<string, Policy>;

function found(resource: PlannedResource["name"], where: string, value: unknown) {
  if (holdsSecret(value)) return [{ resource, message: `has a secret of the stack in ${where}` }];
  const text = JSON.stringify(value) ?? "";
  const known = shapes.find(([, shape]) => shape.test(text));
  return known ? [{ resource, message: `has ${known[0]} in ${where}` }] : [];
}
