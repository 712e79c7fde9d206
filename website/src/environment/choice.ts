/** Where a reader's choice is kept. */
export interface Choice {
  readonly address: { readonly search: string };
  /** Forgotten with the tab. */
  readonly visit: Pick<Storage, "getItem" | "setItem" | "removeItem">;
  readonly browser: Pick<Storage, "getItem" | "setItem">;
  readonly replaceSearch: (search: string) => void;
}

const key = "runbooks.environment";

/** Nobody should paste a command into production because of what they read last week: it is remembered for the tab alone. */
const forTheTabAlone = (name: string) => name === "production";

/** The address first, then this tab, then this browser, then `local`. */
export function chosenEnvironment(names: readonly string[], choice: Choice): string {
  const known = (name: string | null | undefined): name is string => name != null && names.includes(name);
  const asked = new URLSearchParams(choice.address.search).get("env");
  if (known(asked)) {
    // From here on the tab keeps it: the next page's address does not say it again.
    attempt(() => choice.visit.setItem(key, asked));
    return asked;
  }
  const kept = attempt(() => choice.visit.getItem(key));
  if (known(kept)) return kept;
  const last = attempt(() => choice.browser.getItem(key));
  return known(last) && !forTheTabAlone(last) ? last : "local";
}

export function rememberEnvironment(name: string, choice: Choice): void {
  attempt(() => choice.visit.setItem(key, name));
  if (!forTheTabAlone(name)) attempt(() => choice.browser.setItem(key, name));
  const search = new URLSearchParams(choice.address.search);
  if (!search.has("env")) return;
  search.set("env", name);
  choice.replaceSearch(`?${search}`);
}

/** Browsers may forbid storage; the choice then lasts until the next page. */
function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
