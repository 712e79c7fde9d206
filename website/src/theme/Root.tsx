import type { ReactNode } from "react";
import { EnvironmentProvider } from "../environment/environment.tsx";

export default function Root({ children }: { readonly children: ReactNode }): ReactNode {
  return <EnvironmentProvider>{children}</EnvironmentProvider>;
}
