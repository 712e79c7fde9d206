import { usePluginData } from "@docusaurus/useGlobalData";
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react";
import type { Environment } from "../../plugins/environments.ts";
import type { SiteData } from "../../plugins/site-data.ts";
import { type Choice, chosenEnvironment, rememberEnvironment } from "./choice.ts";

export interface ActiveEnvironment {
  readonly name: string;
  readonly values: Environment;
  readonly names: readonly string[];
  readonly choose: (name: string) => void;
}

const Context = createContext<ActiveEnvironment | undefined>(undefined);

export const useSiteData = (): SiteData => usePluginData("site-data") as SiteData;

export function useEnvironment(): ActiveEnvironment {
  const active = useContext(Context);
  if (active === undefined) throw new Error("there is no environment outside of EnvironmentProvider");
  return active;
}

/** Served pages and readers without JavaScript see the local values; what the reader chose comes after the first paint. */
export function EnvironmentProvider({ children }: { readonly children: ReactNode }): ReactNode {
  const { environments } = useSiteData();
  const [name, setName] = useState("local");
  const names = useMemo(() => Object.keys(environments), [environments]);

  useEffect(() => setName(chosenEnvironment(names, browserChoice())), [names]);
  useEffect(() => {
    document.documentElement.dataset.environment = name;
  }, [name]);

  const active = useMemo((): ActiveEnvironment => {
    const values = environments[name] ?? environments.local;
    if (values === undefined) throw new Error("there is no environment `local`");
    const choose = (next: string) => {
      rememberEnvironment(next, browserChoice());
      setName(next);
    };
    return { name, values, names, choose };
  }, [environments, name, names]);
  return <Context.Provider value={active}>{children}</Context.Provider>;
}

const browserChoice = (): Choice => ({
  address: window.location,
  visit: window.sessionStorage,
  browser: window.localStorage,
  replaceSearch: (search) =>
    window.history.replaceState(window.history.state, "", window.location.pathname + search + window.location.hash),
});
