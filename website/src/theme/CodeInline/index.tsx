import type { Props } from "@theme/CodeInline";
import type { ReactNode } from "react";
import { useEnvironment } from "../../environment/environment.tsx";
import { resolvePlaceholders } from "../../environment/placeholders.ts";

/** `{{jaeger}}/search` becomes the active environment's address, and can be followed. */
export default function CodeInline({ children, ...props }: Props): ReactNode {
  const { values } = useEnvironment();
  if (typeof children !== "string") return <code {...props}>{children}</code>;
  const text = resolvePlaceholders(children, values);
  const code = <code {...props}>{text}</code>;
  return text !== children && /^https?:\/\/\S+$/.test(text) ? <a href={text}>{code}</a> : code;
}
