/** Who is told of alerts beyond the alert log. What is absent is not told; addresses and keys that are secret are files. */
export interface Receivers {
  /** Its webhook's address, which has the channel in it, is in `receiverFiles.slack`. */
  readonly slack?: Readonly<Record<string, never>>;
  readonly pagerduty?: {
    /** Events endpoint, when it is not that of the US. */
    readonly url?: string | undefined;
  };
  readonly email?: {
    readonly host: string;
    /** 465 speaks TLS from the first byte, any other after STARTTLS; never without. */
    readonly port: number;
    readonly from: string;
    readonly to: readonly string[];
    /** Login; its password is in `receiverFiles.email`. */
    readonly user?: string | undefined;
  };
  /** Called every minute while alerting works, and alarms by itself when that ends. */
  readonly deadman?: Readonly<Record<string, never>>;
}

export type ReceiverName = keyof Receivers;

/** File of each receiver's secret, in the folder that the pod mounts. Alertmanager reads them anew for each message. */
export const receiverFiles = {
  slack: "slack-webhook-url",
  pagerduty: "pagerduty-routing-key",
  email: "smtp-password",
  deadman: "deadman-url",
} as const satisfies Record<ReceiverName, string>;

/** Where the pod has them. */
export const receiversFolder = "/etc/alertmanager-receivers";

/** One line for each alert, with what Slack takes for markup left out. */
const plain = (annotation: string) => `{{ .Annotations.${annotation} | reReplaceAll "[<>&]" "" }}`;
const link = "{{ with .Annotations.runbook_url }} <{{ . }}|runbook>{{ end }}";
const title = "{{ .Status | toUpper }} {{ .CommonLabels.alertname }} ({{ .CommonLabels.environment }})";
const listed = (alerts: string, shown = "") => {
  const line = (annotation: string) => `{{ .Annotations.${annotation}${shown} }}`;
  return `{{ range ${alerts} }}${line("summary")}\n${line("description")}\n${line("runbook_url")}\n\n{{ end }}`;
};
/** Details for PagerDuty are rendered twice: a label that looks like a template would make the page fail, so none may. */
const inert = ' | reReplaceAll "[{}]" ""';

/** How each is told, as Alertmanager writes it: the key of the receiver and its one entry. */
export const told = {
  slack: (_: NonNullable<Receivers["slack"]>, file: string) => ({
    slack_configs: [
      {
        api_url_file: file,
        send_resolved: true,
        title,
        text: `{{ range .Alerts }}*${plain("summary")}*\n${plain("description")}${link}\n{{ end }}`,
      },
    ],
  }),
  pagerduty: ({ url }: NonNullable<Receivers["pagerduty"]>, file: string) => ({
    pagerduty_configs: [
      {
        routing_key_file: file,
        ...(url === undefined ? {} : { url }),
        send_resolved: true,
        severity: "critical",
        class: "{{ .CommonLabels.alertname }}",
        group: "{{ .CommonLabels.environment }}",
        description:
          "{{ .CommonLabels.alertname }} ({{ .CommonLabels.environment }}): {{ .CommonAnnotations.summary }}",
        // Alertmanager's own keys hold all labels as they are.
        details: { firing: listed(".Alerts.Firing", inert), resolved: listed(".Alerts.Resolved", inert) },
      },
    ],
  }),
  email: ({ host, port, from, to, user }: NonNullable<Receivers["email"]>, file: string) => ({
    email_configs: [
      {
        to: to.join(", "),
        from,
        smarthost: `${host}:${port}`,
        // On 465 the connection is TLS already, and STARTTLS is not offered.
        require_tls: port !== 465,
        ...(user === undefined ? {} : { auth_username: user, auth_password_file: file }),
        send_resolved: true,
        headers: { Subject: title },
        html: "",
        text: listed(".Alerts"),
      },
    ],
  }),
  deadman: (_: NonNullable<Receivers["deadman"]>, file: string) => ({
    webhook_configs: [{ url_file: file, send_resolved: false }],
  }),
};
