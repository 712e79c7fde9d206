/**
 * What a role or database may have set for its own sessions must neither end ours half-way nor change what they write and read. Given
 * at connect, these win over ALTER ROLE and ALTER DATABASE. They are for our own sessions and for PostgreSQL's programs alike: pg_dump
 * and pg_restore set some of them by themselves, pg_dumpall none. Only what every role may set and every server since 12 knows.
 */
export const steadySettings = {
  statement_timeout: "0",
  lock_timeout: "0",
  idle_in_transaction_session_timeout: "0",
  // A standby refuses every query of a serializable session.
  default_transaction_isolation: "read committed",
  // Money is written with the currency and the separators of this locale, and read with those of the copy's.
  lc_monetary: "C",
  // Off, a NULL in an array is read as the text "NULL".
  array_nulls: "on",
  transform_null_equals: "off",
  quote_all_identifiers: "off",
} as const;

/** As a connection's options, where a blank would end the value. */
export function optionsText(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${value.replaceAll(/[\\ ]/g, "\\$&")}`)
    .join(" ");
}
