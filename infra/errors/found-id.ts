/**
 * The id of something that was looked up. An empty one in an alert would be an alert that tells nobody.
 * @throws Error that names what was looked for
 */
export function foundId(id: string | undefined, what: string): string {
  if (id === undefined || id === "") throw new Error(`sentry has no ${what} that the token can see`);
  return id;
}
