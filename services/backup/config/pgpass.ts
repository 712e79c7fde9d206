export interface PassEntry {
  readonly host: string;
  readonly port: string;
  readonly database: string;
  readonly user: string;
}

/**
 * The password that a file in libpq's form (`host:port:database:user:password`, `*` for any, `\` before `:` and `\`) has for a
 * login: that of the first line that fits. https://www.postgresql.org/docs/current/libpq-pgpass.html
 */
export function passwordOf(text: string, login: PassEntry): string | undefined {
  const wanted = [login.host, login.port, login.database, login.user];
  for (const line of text.split(/\r?\n/)) {
    if (line === "" || line.startsWith("#")) continue;
    const fields = fieldsOf(line);
    if (fields.length < 5) continue;
    const fits = wanted.every((value, at) => fields[at]?.raw === "*" || fields[at]?.value === value);
    if (fits) return fields[4]?.value;
  }
  return undefined;
}

/** Five at most: libpq takes the rest of the line as the password, but there too a `:` ends it unless it is escaped. */
function fieldsOf(line: string): { raw: string; value: string }[] {
  const fields = [{ raw: "", value: "" }];
  for (let at = 0; at < line.length; at++) {
    const field = fields.at(-1) as { raw: string; value: string };
    const char = line[at] as string;
    if (char === ":") {
      fields.push({ raw: "", value: "" });
      continue;
    }
    const escaped = char === "\\" && at + 1 < line.length;
    const taken = escaped ? (line[++at] as string) : char;
    field.raw += escaped ? `\\${taken}` : taken;
    field.value += taken;
  }
  return fields;
}
