import type { Props } from "@theme/CodeBlock";
import CodeBlock from "@theme-original/CodeBlock";
import type { ReactNode } from "react";
import { parseFenceMeta } from "../../commands/fence.ts";
import { useEnvironment } from "../../environment/environment.tsx";
import { hasPlaceholder, resolvePlaceholders } from "../../environment/placeholders.ts";

/** Every block shows, and copies, the active environment's values; a command also says where it will run and what comes out. */
export default function EnvironmentCodeBlock({ children, metastring, title, ...props }: Props): ReactNode {
  const { name, values } = useEnvironment();
  const { danger, expect, skip, exit, rest } = parseFenceMeta(metastring);
  // A block in a list item comes as a list of strings.
  const source =
    Array.isArray(children) && children.every((child) => typeof child === "string") ? children.join("") : children;
  if (typeof source !== "string")
    return (
      <CodeBlock metastring={rest} title={title} {...props}>
        {source}
      </CodeBlock>
    );

  const isCommand = props.className?.includes("language-sh") ?? false;
  const bar =
    isCommand || hasPlaceholder(source, values) ? (
      <span className="command-bar">
        <span>{danger ? "changes or deletes" : (title ?? (isCommand ? "command" : ""))}</span>
        <span className="command-bar__environment">{name}</span>
      </span>
    ) : (
      title
    );
  return (
    <div
      className="command"
      data-runs={isCommand || undefined}
      data-danger={danger || undefined}
      data-environment={bar === title ? undefined : name}
    >
      <CodeBlock metastring={rest} title={bar as string} {...props}>
        {resolvePlaceholders(source, values)}
      </CodeBlock>
      {expect !== undefined && (
        <p className="command__note">
          expected: <code>{expect}</code>
          {exit !== undefined && exit !== "0" && `, exit status ${exit}`}
        </p>
      )}
      {skip !== undefined && <p className="command__note">not tested automatically: {skip}</p>}
    </div>
  );
}
