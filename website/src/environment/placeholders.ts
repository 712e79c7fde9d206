/** `{{gateway}}` → the environment's value. What is not a placeholder of ours, as `{{ $labels.db }}`, stays as it is. */
export const resolvePlaceholders = (text: string, values: Readonly<Record<string, string>>): string =>
  text.replace(
    /\{\{([a-z]+)\}\}/g,
    (whole, key: string) => (Object.hasOwn(values, key) ? values[key] : undefined) ?? whole,
  );

export const hasPlaceholder = (text: string, values: Readonly<Record<string, string>>): boolean =>
  resolvePlaceholders(text, values) !== text;
