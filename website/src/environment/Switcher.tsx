import { type ReactNode, useId } from "react";
import { useEnvironment } from "./environment.tsx";

/** In the bar at the top, on phones too; the menu of phones does not repeat it. */
export function EnvironmentSwitcher({ mobile = false }: { readonly mobile?: boolean }): ReactNode {
  const { name, names, choose } = useEnvironment();
  const id = useId();
  if (mobile) return null;
  return (
    <span className="environment-switcher">
      <label htmlFor={id}>Commands for</label>
      <select id={id} value={name} onChange={(event) => choose(event.target.value)} data-environment={name}>
        {names.map((option) => (
          <option key={option}>{option}</option>
        ))}
      </select>
    </span>
  );
}
