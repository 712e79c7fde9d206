import Link from "@docusaurus/Link";
import SearchBar from "@theme/SearchBar";
import type { ReactNode } from "react";

/** Whoever follows an old link at night gets the search and the two lists that lead everywhere. */
export default function NotFoundContent(): ReactNode {
  return (
    <main className="container not-found">
      <h1>There is no such page</h1>
      <p>It may have moved. Search for what the alert says, or start from a list.</p>
      <div className="not-found__search">
        <SearchBar />
      </div>
      <ul>
        <li>
          <Link to="/alerts/">All alerts</Link>
        </li>
        <li>
          <Link to="/">Start here</Link>
        </li>
      </ul>
    </main>
  );
}
