/** Waits until `holds`, which is asked every few milliseconds. @throws Error naming `what` after the limit */
export async function until(what: string, holds: () => boolean | Promise<boolean>, limitMs = 20_000): Promise<void> {
  for (const limit = performance.now() + limitMs; !(await holds()); ) {
    if (performance.now() > limit) throw new Error(`not within ${limitMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
