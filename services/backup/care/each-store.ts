/** Does the same in every store. One that fails does not keep the others from theirs; the first error is thrown at the end. */
export async function eachStore<S, R>(stores: readonly S[], work: (store: S) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const errors: unknown[] = [];
  for (const store of stores)
    await work(store).then(
      (result) => results.push(result),
      (error) => errors.push(error),
    );
  if (errors.length > 0) throw errors[0];
  return results;
}
