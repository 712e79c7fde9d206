import { parse } from "yaml";
import { kindOf, type Part, type Policy } from "./resource.ts";

/** @param pages slugs of the runbooks' pages that there are */
export const rulePolicies = (pages: ReadonlySet<string>) =>
  ({
    alertsLeadSomewhere: {
      why: "whoever is woken up finds what to do behind one link",
      check: (resources) =>
        resources
          .filter((resource) => kindOf(resource) === "ConfigMap")
          .flatMap(({ name, inputs }) =>
            rulesIn(inputs.data).flatMap((rule) => {
              const wrong = wrongWith(rule, pages);
              return wrong === undefined ? [] : [{ resource: name, message: `alert ${rule.alert} ${wrong}` }];
            }),
          ),
    },
  }) as const satisfies Record<string, Policy>;

interface Rule {
  readonly alert: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Alerting rules in the files of a ConfigMap. */
function rulesIn(data: unknown): Rule[] {
  return Object.entries((data as Record<string, unknown> | undefined) ?? {})
    .filter(([file, text]) => /rules.*\.ya?ml$/.test(file) && typeof text === "string")
    .flatMap(([, text]) => (parse(text as string) as Part)?.groups ?? [])
    .flatMap(({ rules = [] }) => rules as Rule[])
    .filter(({ alert }) => alert !== undefined);
}

function wrongWith({ labels = {}, annotations = {} }: Rule, pages: ReadonlySet<string>): string | undefined {
  if (!["page", "ticket", "none"].includes(labels.severity ?? "")) return "has no severity";
  const { runbook, runbook_url: address } = annotations;
  const slug = address === undefined ? runbook : address.replace(/\/+$/, "").split("/").at(-1);
  if (slug === undefined) return "names no page of the runbooks";
  return pages.has(slug) ? undefined : `leads to the page "${slug}", which is not there`;
}
