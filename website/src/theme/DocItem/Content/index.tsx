import { useDoc } from "@docusaurus/plugin-content-docs/client";
import type { Props } from "@theme/DocItem/Content";
import Heading from "@theme/Heading";
import MDXContent from "@theme/MDXContent";
import clsx from "clsx";
import type { ReactNode } from "react";
import { PageFacts } from "../../../page/PageFacts.tsx";
import { StatusCards } from "../../../page/StatusCards.tsx";

const showsStatus = (path: string) => path === "/" || /^\/backup(\/|$)/.test(path);

/** A page: its title, what is known of it, the platform's state where that decides what to do, and its text. */
export default function DocItemContent({ children }: Props): ReactNode {
  const { metadata } = useDoc();
  const isCard = metadata.permalink.startsWith("/cards/");
  return (
    <div className={clsx("theme-doc-markdown markdown", isCard && "on-call-card")}>
      <header>
        <Heading as="h1">{metadata.title}</Heading>
        <PageFacts />
      </header>
      {showsStatus(metadata.permalink) && <StatusCards />}
      <MDXContent>{children}</MDXContent>
    </div>
  );
}
