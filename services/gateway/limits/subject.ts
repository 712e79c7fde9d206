import { createHmac } from "node:crypto";
import { isIPv4, isIPv6 } from "node:net";
import type { Request, Response } from "express";
import { principalOf } from "../auth/principal.ts";
import { clientAddress } from "../http/client-address.ts";
import type { LimitKey } from "./policies.ts";

/** Whose requests are counted together. */
export type LimitSubject = { readonly principal: string } | { readonly address: string };

export function subjectOf(key: LimitKey, request: Request, response: Response): LimitSubject {
  const principal = key === "principal" ? principalOf(response) : undefined;
  return principal ? { principal: principal.id } : { address: clientAddress(request) };
}

/** One text for each subject, for people and events: the principal's id, or the network that an address counts for. */
export function subjectText(subject: LimitSubject): string {
  return "principal" in subject ? subject.principal : networkOf(subject.address);
}

/**
 * The subject as it is kept in the store. Keyed, because a plain hash of an IPv4 address is undone by trying all four billion; the
 * kind is part of it, so that nobody who is called 192.0.2.1 counts for that address.
 * @param secret known to every replica and to nobody who only sees the store's contents
 */
export function subjectKey(subject: LimitSubject, secret: string): string {
  const kind = "principal" in subject ? "principal" : "address";
  return createHmac("sha256", secret)
    .update(`${kind} ${subjectText(subject)}`)
    .digest()
    .subarray(0, 16)
    .toString("base64url");
}

/**
 * What counts as one client: an IPv4 address, or the /64 of an IPv6 address, which is the smallest network that a subscriber gets
 * and holds more addresses than there are limits. IPv4 in IPv6's clothes is IPv4. Anything else is taken as it is.
 */
export function networkOf(address: string): string {
  if (isIPv4(address) || !isIPv6(address)) return address;
  const groups = groupsOf(address.replace(/%.*$/, ""));
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) return ipv4Of(groups);
  const network = groups.slice(0, 4).map((group) => group.toString(16));
  return `${network.join(":")}::/64`;
}

/** The eight numbers of an IPv6 address without a zone. */
function groupsOf(address: string): number[] {
  const [head = "", tail] = address.split("::");
  const before = numbersOf(head);
  const after = numbersOf(tail ?? "");
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => 0);
  return [...before, ...zeros, ...after];
}

function numbersOf(part: string): number[] {
  if (part === "") return [];
  return part.split(":").flatMap((group) => {
    if (!group.includes(".")) return [Number.parseInt(group, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = group.split(".").map(Number);
    return [a * 256 + b, c * 256 + d];
  });
}

function ipv4Of(groups: readonly number[]): string {
  return groups
    .slice(6)
    .flatMap((group) => [group >> 8, group & 0xff])
    .join(".");
}
