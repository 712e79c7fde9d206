import { lookup as systemLookup } from "node:dns";
import type { LookupFunction } from "node:net";

/** Long enough that a storm of requests asks once, short enough that nobody waits for a name that is back. */
const failureMs = 1_000;

/** More names than a gateway has upstreams; beyond, the oldest is forgotten. */
const maxNames = 256;

/**
 * Resolves names, and remembers for a second that one could not be resolved: each question holds one of the process's four threads
 * for as long as the name server is silent. Found addresses are not kept, since connections are.
 */
export function rememberingFailures(
  lookup: LookupFunction = systemLookup as LookupFunction,
  monotonic: () => number = () => performance.now(),
): LookupFunction {
  const failures = new Map<string, { readonly at: number; readonly error: NodeJS.ErrnoException }>();
  return (hostname, options, callback) => {
    const known = failures.get(hostname);
    if (known && monotonic() - known.at < failureMs) {
      process.nextTick(callback, known.error, options.all ? [] : "", 0);
      return;
    }
    lookup(hostname, options, (error, address, family) => {
      failures.delete(hostname);
      if (error) failures.set(hostname, { at: monotonic(), error });
      const [oldest] = failures.keys();
      if (failures.size > maxNames && oldest !== undefined) failures.delete(oldest);
      callback(error, address, family);
    });
  };
}
