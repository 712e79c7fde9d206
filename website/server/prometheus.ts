/** A series of an instant query's answer. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface ActiveAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: string;
}

/** The part of Prometheus that the status asks. Rejects when it does not answer in time, or not with what it should. */
export interface Prometheus {
  query(promql: string, signal: AbortSignal): Promise<readonly Series[]>;
  alerts(signal: AbortSignal): Promise<readonly ActiveAlert[]>;
}

export function prometheusAt(url: string, ask: typeof fetch = fetch): Prometheus {
  const get = async (path: string, signal: AbortSignal): Promise<unknown> => {
    const answer = await ask(new URL(path, url), { signal, redirect: "error" });
    if (!answer.ok) throw new Error(`Prometheus answered ${answer.status}`);
    const body = (await answer.json()) as { readonly status?: unknown; readonly data?: unknown };
    if (body.status !== "success") throw new Error("Prometheus did not succeed");
    return body.data;
  };
  return {
    async query(promql, signal) {
      const data = (await get(`/api/v1/query?query=${encodeURIComponent(promql)}`, signal)) as {
        readonly result: readonly { readonly metric: Record<string, string>; readonly value: [number, string] }[];
      };
      return data.result.map(({ metric, value: [, value] }) => ({ labels: metric, value: Number(value) }));
    },
    async alerts(signal) {
      return ((await get("/api/v1/alerts", signal)) as { readonly alerts: readonly ActiveAlert[] }).alerts;
    },
  };
}
