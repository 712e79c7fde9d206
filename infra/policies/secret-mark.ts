/** Signature key and signature of a secret, as the engine and the SDKs write them. */
const signature = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

/** A value that the program marks as secret, or `[secret]`, which is what the engine's events show of one. */
export function isSecret(value: unknown): boolean {
  if (value === "[secret]") return true;
  if (value === null || typeof value !== "object" || Array.isArray(value)) return false;
  return (value as Record<string, unknown>)[signature] === secretSignature;
}

/** True when the value is a secret or has one anywhere in it. */
export function holdsSecret(value: unknown): boolean {
  if (isSecret(value)) return true;
  if (value === null || typeof value !== "object") return false;
  return Object.values(value).some(holdsSecret);
}

/** A secret as steps carry it; what differs in it is told by `digest`, if given. */
export function secretMark(digest = "[secret]"): Record<string, string> {
  return { [signature]: secretSignature, ciphertext: digest };
}
