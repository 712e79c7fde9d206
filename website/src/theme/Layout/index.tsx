import { useLocation } from "@docusaurus/router";
import type { Props } from "@theme/Layout";
import Layout from "@theme-original/Layout";
import type { ReactNode } from "react";

/** The search page brings no landmark of its own; every other page does. */
export default function LayoutWithMain({ children, ...props }: Props): ReactNode {
  const { pathname } = useLocation();
  return <Layout {...props}>{pathname.startsWith("/search") ? <main>{children}</main> : children}</Layout>;
}
