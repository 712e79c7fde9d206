/** A page that moved, so that links in alerts, chats and printed cards still lead somewhere. */
export interface Redirect {
  readonly from: string;
  readonly to: string;
}

/** Without the slash at the end, as in a page's `slug`. A row stays for good; the build fails when its target is gone. */
export const redirects: readonly Redirect[] = [
  { from: "/restore", to: "/backup/restore" },
  { from: "/runbooks", to: "/" },
];
