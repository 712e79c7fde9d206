import { isIPv4, isIPv6 } from "node:net";
import type { Request } from "express";

/**
 * The address that limits, logs and security events speak of: what express' `trust proxy` made of the connection and of the
 * trusted hops before it. Junk in a forwarded header falls back to the connection's own address; an IPv4 address in IPv6's clothes
 * is the IPv4 address.
 */
export function clientAddress(request: Request): string {
  return plain(request.ip) ?? plain(request.socket.remoteAddress) ?? "unknown";
}

function plain(address: string | undefined): string | undefined {
  const inner = address?.replace(/^::ffff:(?=\d+\.)/i, "");
  return inner !== undefined && (isIPv4(inner) || isIPv6(inner)) ? inner : undefined;
}
