/** A query's shape, as far as labels go: strings and numbers are kept only where a label depends on them. */
export type Expr =
  | { readonly kind: "number" }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "selector"; readonly metric: string; readonly matchers: readonly Matcher[] }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Expr[] }
  | {
      readonly kind: "aggregation";
      readonly name: string;
      readonly grouping: Grouping | undefined;
      readonly args: readonly Expr[];
    }
  | {
      readonly kind: "binary";
      readonly operator: string;
      readonly left: Expr;
      readonly right: Expr;
      readonly matching: Matching | undefined;
      readonly group: Group | undefined;
    };

export interface Matcher {
  readonly label: string;
  readonly operator: "=" | "!=" | "=~" | "!~";
  readonly value: string;
}
export interface Grouping {
  readonly by: boolean;
  readonly labels: readonly string[];
}
export interface Matching {
  readonly on: boolean;
  readonly labels: readonly string[];
}
export interface Group {
  /** The side that may have many series for one of the other. */
  readonly many: "left" | "right";
  /** Labels taken over from the other side. */
  readonly include: readonly string[];
}

const aggregations = new Set(
  "sum min max avg group stddev stdvar count count_values bottomk topk quantile limitk limit_ratio".split(" "),
);

/** From what binds loosest to what binds tightest; all associate to the left but the last. */
const precedence = [
  ["or"],
  ["and", "unless"],
  ["==", "!=", "<=", "<", ">=", ">"],
  ["+", "-"],
  ["*", "/", "%", "atan2"],
  ["^"],
] as const;

const token =
  /\s*(?:(?<duration>\d+(?:ms|[smhdwy])(?:\d+(?:ms|[smhdwy]))*)|(?<number>(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)|(?<word>[A-Za-z_:][\w:]*)|(?<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)|(?<sign>=~|!~|==|!=|<=|>=|[-+*/%^=<>(){}[\],@:]))/y;

interface Token {
  readonly kind: string;
  readonly text: string;
}

function tokens(query: string): Token[] {
  const found: Token[] = [];
  token.lastIndex = 0;
  while (query.slice(token.lastIndex).trim() !== "") {
    const at = token.lastIndex;
    const groups = token.exec(query)?.groups;
    const [kind, text] = Object.entries(groups ?? {}).find(([, value]) => value !== undefined) ?? [];
    if (kind === undefined || text === undefined) throw new SyntaxError(`cannot read "${query.slice(at, at + 20)}"`);
    found.push({ kind, text });
  }
  return found;
}

/**
 * Reads a query of PromQL. What Prometheus refuses may pass (promtool says so); everything the rules use is understood.
 * @throws SyntaxError with the place where it stops
 */
export function parseQuery(query: string): Expr {
  const reader = new Reader(tokens(query));
  const expr = reader.expression(0);
  reader.end();
  return expr;
}

class Reader {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  #peek(): Token | undefined {
    return this.#tokens[this.#at];
  }

  /** Takes the next token when it is one of these. */
  #take(...texts: readonly string[]): string | undefined {
    const next = this.#peek();
    if (next === undefined || next.kind === "string" || !texts.includes(next.text)) return undefined;
    this.#at++;
    return next.text;
  }

  #need(...texts: readonly string[]): string {
    const found = this.#take(...texts);
    if (found === undefined) throw new SyntaxError(`"${texts.join('" or "')}" expected, ${this.#here()}`);
    return found;
  }

  #of(kind: string): string {
    const next = this.#peek();
    if (next?.kind !== kind) throw new SyntaxError(`${kind} expected, ${this.#here()}`);
    this.#at++;
    return next.text;
  }

  #here(): string {
    return this.#peek() === undefined ? "the query ends" : `found "${this.#peek()?.text}"`;
  }

  end(): void {
    if (this.#peek() !== undefined) throw new SyntaxError(`the end expected, ${this.#here()}`);
  }

  expression(level: number): Expr {
    const operators = precedence[level];
    if (operators === undefined) return this.#unary();
    let left = this.expression(level + 1);
    for (let operator = this.#take(...operators); operator !== undefined; operator = this.#take(...operators)) {
      this.#take("bool");
      const { matching, group } = this.#matching();
      const right = this.expression(operator === "^" ? level : level + 1);
      left = { kind: "binary", operator, left, right, matching, group };
    }
    return left;
  }

  #matching(): { matching: Matching | undefined; group: Group | undefined } {
    const word = this.#take("on", "ignoring");
    if (word === undefined) return { matching: undefined, group: undefined };
    const matching = { on: word === "on", labels: this.#names() };
    const side = this.#take("group_left", "group_right");
    if (side === undefined) return { matching, group: undefined };
    const include = this.#peek()?.text === "(" ? this.#names() : [];
    return { matching, group: { many: side === "group_left" ? "left" : "right", include } };
  }

  #names(): string[] {
    this.#need("(");
    const names: string[] = [];
    while (this.#take(")") === undefined) {
      names.push(this.#of("word"));
      this.#take(",");
    }
    return names;
  }

  #unary(): Expr {
    this.#take("-", "+");
    const expr = this.#primary();
    let modified = true;
    while (modified) modified = this.#modifier();
    return expr;
  }

  /** Range, subquery, offset or moment: none of them changes labels. */
  #modifier(): boolean {
    if (this.#take("[") !== undefined) {
      while (this.#peek() !== undefined && this.#peek()?.text !== "]") this.#at++;
      this.#need("]");
      return true;
    }
    if (this.#take("offset", "@") === undefined) return false;
    this.#take("-");
    if (this.#take("start", "end") !== undefined) this.#names();
    else this.#at++;
    return true;
  }

  #primary(): Expr {
    if (this.#take("(") !== undefined) {
      const inner = this.expression(0);
      this.#need(")");
      return inner;
    }
    const next = this.#peek();
    if (next?.kind === "number" || next?.kind === "duration") {
      this.#at++;
      return { kind: "number" };
    }
    if (next?.kind === "string") return { kind: "string", value: unquoted(this.#of("string")) };
    if (next?.text === "{") return { kind: "selector", metric: "", matchers: this.#matchers() };
    const name = this.#of("word");
    if (aggregations.has(name)) return this.#aggregation(name);
    if (this.#peek()?.text === "(") return { kind: "call", name, args: this.#args() };
    return { kind: "selector", metric: name, matchers: this.#peek()?.text === "{" ? this.#matchers() : [] };
  }

  #aggregation(name: string): Expr {
    const before = this.#grouping();
    const args = this.#args();
    return { kind: "aggregation", name, grouping: before ?? this.#grouping(), args };
  }

  #grouping(): Grouping | undefined {
    const word = this.#take("by", "without");
    return word === undefined ? undefined : { by: word === "by", labels: this.#names() };
  }

  #args(): Expr[] {
    this.#need("(");
    const args: Expr[] = [];
    while (this.#take(")") === undefined) {
      args.push(this.expression(0));
      this.#take(",");
    }
    return args;
  }

  #matchers(): Matcher[] {
    this.#need("{");
    const matchers: Matcher[] = [];
    while (this.#take("}") === undefined) {
      const label = this.#of("word");
      const operator = this.#need("=", "!=", "=~", "!~") as Matcher["operator"];
      matchers.push({ label, operator, value: unquoted(this.#of("string")) });
      this.#take(",");
    }
    return matchers;
  }
}

const unquoted = (text: string) => text.slice(1, -1).replaceAll(/\\(.)/g, "$1");
