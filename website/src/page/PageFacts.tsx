import { useDoc } from "@docusaurus/plugin-content-docs/client";
import type { ReactNode } from "react";
import type { Freshness } from "../../plugins/freshness.ts";
import { useSiteData } from "../environment/environment.tsx";

/** The small line under the title: whose page it is, of which kind, and when its commands last worked. */
export function PageFacts(): ReactNode {
  const { metadata } = useDoc();
  const { kind, owner } = metadata.frontMatter as { readonly kind?: string; readonly owner?: string };
  const freshness = useSiteData().freshness[metadata.source];
  return (
    <p className="page-facts">
      {kind !== undefined && <span className="page-facts__kind">{kind}</span>}
      {owner !== undefined && <span>owner: {owner}</span>}
      {freshness !== undefined && <FreshnessFact {...freshness} />}
    </p>
  );
}

function FreshnessFact(freshness: Freshness): ReactNode {
  if (freshness.state === "never") return <span data-freshness="never">commands: not run yet</span>;
  const day = freshness.at.slice(0, 10);
  return (
    <span data-freshness={freshness.state}>
      commands passed <time dateTime={freshness.at}>{day}</time>
      {freshness.state === "changed" && ", text changed since"}
    </span>
  );
}
