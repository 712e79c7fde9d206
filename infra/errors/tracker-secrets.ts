import type { Output } from "@pulumi/pulumi";
import type { TrackerProject } from "./projects.ts";

/** Everything secret about the tracker, by the name of its file in the pod. */
export interface TrackerSecrets {
  /** Signs sessions. */
  readonly "secret-key": Output<string>;
  /** Of the account that people log in with. */
  readonly "admin-password": Output<string>;
  /** Reads events over the REST API and can change nothing. */
  readonly "api-token": Output<string>;
  /** Of the projects' DSNs: who has one can send events, and read none. */
  readonly "backend-key": Output<string>;
  readonly "frontend-key": Output<string>;
}

export const trackerSecretNames = [
  "secret-key",
  "admin-password",
  "api-token",
  "backend-key",
  "frontend-key",
] as const satisfies readonly (keyof TrackerSecrets)[];

/** The tracker knows keys as UUIDs and tokens as SHA-1 sized, both in lower-case hex digits. */
const hexDigits = { "api-token": 40, "backend-key": 32, "frontend-key": 32 } as const;

/** All of them from the stack's seed. */
export function trackerSecrets(derive: (purpose: string) => Output<string>): TrackerSecrets {
  const own = (name: keyof TrackerSecrets) => derive(`errors/${name}`);
  const hex = (name: keyof typeof hexDigits) => own(name).apply((text) => asHex(text, hexDigits[name]));
  return {
    "secret-key": own("secret-key"),
    "admin-password": own("admin-password"),
    "api-token": hex("api-token"),
    "backend-key": hex("backend-key"),
    "frontend-key": hex("frontend-key"),
  };
}

/** The first digits of a derived secret's bytes. @param text base64url, as derived secrets are */
export function asHex(text: string, digits: number): string {
  const all = Buffer.from(text, "base64url").toString("hex");
  if (all.length < digits) throw new RangeError(`a derived secret has ${all.length} hex digits, needs ${digits}`);
  return all.slice(0, digits);
}

/** Key of a project's DSN. */
export function keyOf(secrets: TrackerSecrets, project: TrackerProject): Output<string> {
  return secrets[`${project}-key`];
}
