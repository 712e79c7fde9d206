/** Groups that cannot run here say why in their title, as in "what Jaeger stores (skipped: it is not built)". */
export const statedReason = (title: string): string =>
  /\(skipped: (.+?)\)(?: >|$)/.exec(title)?.[1] ?? "no reason given";
