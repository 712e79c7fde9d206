import type { Page } from "./page.ts";

/** Something that is not as a page of the runbooks should be. */
export interface Finding {
  /** Below the folder of the runbooks. */
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

/** What an alert's page is held against. */
export interface AlertSource {
  readonly slug: string;
  /** `Prometheus alert GatewayAbsent`, for messages. */
  readonly names: readonly string[];
  /** Everything that the data say, in which a number of the page must be found. */
  readonly data: string;
  readonly hash: string;
}

/** All that the rules look at. */
export interface Subject {
  readonly pages: readonly Page[];
  readonly alerts: readonly AlertSource[];
  /** Anchors that `golive doctor --production` sends people to, on the readiness page. */
  readonly readiness: readonly string[];
  /** Other files below the folder that a link may name. */
  readonly files: ReadonlySet<string>;
}

export type Rule = (subject: Subject) => readonly Finding[];

/** A rule that looks at one page at a time. */
export const eachPage =
  (look: (page: Page, subject: Subject) => readonly Omit<Finding, "file">[]): Rule =>
  (subject) =>
    subject.pages.flatMap((page) => look(page, subject).map((found) => ({ file: page.file, ...found })));
