import { expect, test } from "vitest";
import { debianMirror, parseDeb822, parseOneLine } from "./apt-sources.ts";

test("one-line sources: options, comments, sources of code and empty lines", () => {
  const text = [
    "# deb http://old.example/debian trixie main",
    "",
    "deb [arch=amd64 signed-by=/usr/share/keyrings/a.gpg] http://one.example/debian bookworm main contrib # ours",
    "deb-src http://one.example/debian bookworm main",
    "  deb https://two.example/debian-security bookworm-security main",
    "deb http://flat.example/repo ./",
  ].join("\n");
  expect(parseOneLine(text)).toEqual([
    { uris: ["http://one.example/debian"], suites: ["bookworm"], components: ["main", "contrib"] },
    { uris: ["https://two.example/debian-security"], suites: ["bookworm-security"], components: ["main"] },
    { uris: ["http://flat.example/repo"], suites: ["./"], components: [] },
  ]);
});

test("deb822 sources: comments inside, several URIs, continued lines, disabled stanzas, any case of field names", () => {
  const text = `Types: deb deb-src
# http://snapshot.example/debian
URIs: http://one.example/debian
  http://two.example/debian
Suites: bookworm bookworm-updates
components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 abc: def

Types: deb
URIs: http://three.example/debian
Suites: sid
Components: main
Enabled: no

# a comment alone

Types: deb-src
URIs: http://four.example/debian
Suites: sid
Components: main
`;
  expect(parseDeb822(text)).toEqual([
    {
      uris: ["http://one.example/debian", "http://two.example/debian"],
      suites: ["bookworm", "bookworm-updates"],
      components: ["main"],
    },
  ]);
});

const source = (uri: string, suite: string, ...components: string[]) => ({ uris: [uri], suites: [suite], components });

test("the mirror is Debian's, not that of another project, of code or of a CD", () => {
  const security = source("http://a.example/debian-security", "bookworm-security", "main");
  const others = [
    source("cdrom:[Debian 12]/debian", "bookworm", "main"),
    source("http://apt.example/postgres", "bookworm-pgdg", "main"),
    source("http://b.example/debian", "bookworm", "contrib"),
  ];
  const main = source("http://c.example/mirror/debian/", "bookworm", "main");
  expect(debianMirror([security, ...others, main])).toEqual({
    main: "http://c.example/mirror/debian/",
    security: "http://a.example/debian-security",
  });
  expect(debianMirror([main])).toEqual({ main: "http://c.example/mirror/debian/" });
  expect(debianMirror([security, ...others])).toBeUndefined();
});
