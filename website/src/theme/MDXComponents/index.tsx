import MDXComponents from "@theme-original/MDXComponents";
import type { ComponentProps, ReactNode } from "react";

/** Wide tables scroll on their own, with the keyboard too, instead of making the page wider than a phone. */
function Table(props: ComponentProps<"table">): ReactNode {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset groups fields of a form
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <div className="table-scroll" role="group" aria-label="Table" tabIndex={0}>
      <table {...props} />
    </div>
  );
}

/** The box of a task in a list: its state must be heard as well. */
const Task = (props: ComponentProps<"input">): ReactNode => (
  <input {...props} aria-label={props.checked ? "done" : "to do"} />
);

export default { ...MDXComponents, table: Table, input: Task };
