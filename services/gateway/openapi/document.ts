import { z } from "zod";
import { auditEntry } from "../audit/schema.ts";
import { deployment } from "../deployments/schema.ts";
import { type ProblemType, problems } from "../http/problems.ts";
import { pipeline } from "../pipelines/schema.ts";
import { project } from "../projects/schema.ts";
import { run, runWithSteps } from "../runs/schema.ts";
import { user } from "../users/schema.ts";
import type { Operation } from "./operation.ts";
import { operations } from "./operations.ts";

type Json = Record<string, unknown>;

const problem = z.object({
  type: z.string().describe("urn:golive:problem:<name>"),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  instance: z.string(),
  errors: z
    .array(z.object({ pointer: z.string().optional(), parameter: z.string().optional(), detail: z.string() }))
    .optional(),
  trace_id: z.string().optional().describe("finds this request in traces and logs"),
});

const components = {
  Project: project,
  Pipeline: pipeline,
  Run: run,
  RunWithSteps: runWithSteps,
  Deployment: deployment,
  User: user,
  AuditEntry: auditEntry,
  Problem: problem,
} as const;

/** Any operation can meet these. */
const commonProblems: readonly ProblemType[] = [
  "unauthenticated",
  "rate-limited",
  "internal",
  "database-unavailable",
  "identity-unavailable",
  "limiter-unavailable",
];

/** Those that somebody without the role meets, or a page that is not ours. */
function guardProblems({ access, method }: Operation): ProblemType[] {
  if (access === "public") return [];
  return method === "get" ? ["forbidden"] : ["forbidden", "csrf-refused"];
}

/** The OpenAPI 3.1 document of the table of operations. */
export function openApiDocument(version: string): Json {
  const paths: Record<string, Json> = {};
  for (const [operationId, operation] of Object.entries(operations) as [string, Operation][]) {
    const path = operation.path.replaceAll(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [operation.method]: describe(operationId, operation) };
  }
  return {
    openapi: "3.1.0",
    info: { title: "GoLive gateway", version },
    paths,
    components: {
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT" },
        session: { type: "apiKey", in: "cookie", name: "__Host-golive" },
      },
      schemas: Object.fromEntries(Object.entries(components).map(([name, schema]) => [name, expand(schema, "output")])),
    },
  };
}

function describe(operationId: string, operation: Operation): Json {
  const { success, body, access } = operation;
  return {
    operationId,
    summary: operation.about,
    ...(access === "public"
      ? { security: [] }
      : { description: `Takes the role ${access} or a higher one.`, security: [{ bearer: [] }, { session: [] }] }),
    parameters: parameters(operation),
    ...(body && { requestBody: { required: true, content: json(schemaOf(body, "input")) } }),
    responses: {
      [success.status]: {
        description: "Done",
        ...(success.body && { content: json(schemaOf(success.body, "output")) }),
      },
      ...problemResponses([...new Set([...operation.problems, ...guardProblems(operation), ...commonProblems])]),
    },
  };
}

function parameters({ path, query, conditional }: Operation): Json[] {
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string", format: "uuid" },
  }));
  const schema = query && (schemaOf(query, "input") as { properties: Record<string, Json> });
  const inQuery = Object.entries(schema?.properties ?? {}).map(([name, value]) => ({
    name,
    in: "query",
    schema: value,
  }));
  const inHeader = conditional ? [{ name: "If-Match", in: "header", schema: { type: "string" } }] : [];
  return [...inPath, ...inQuery, ...inHeader];
}

/** Problems of one status share a response, whose description names them all. */
function problemResponses(types: readonly ProblemType[]): Json {
  const content = { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } };
  const byStatus = Map.groupBy(types, (type) => problems[type].status);
  return Object.fromEntries(
    [...byStatus].map(([status, group]) => [
      status,
      { description: group.map((type) => `${type}: ${problems[type].title}`).join("; "), content },
    ]),
  );
}

const json = (schema: Json): Json => ({ "application/json": { schema } });

const names = new Map<unknown, string>(Object.entries(components).map(([name, schema]) => [schema, name]));

const reference = (name: string): Json => ({ $ref: `#/components/schemas/${name}` });

/** A reference for what has a name, else the schema itself. */
function schemaOf(schema: z.ZodType, io: "input" | "output"): Json {
  const name = names.get(schema);
  return name ? reference(name) : expand(schema, io);
}

/** `input`: defaults make a field optional. `output`: they make it present. Named schemas inside become references. */
function expand(schema: z.ZodType, io: "input" | "output"): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    io,
    override: ({ zodSchema, jsonSchema }) => {
      const name = Object.is(zodSchema, schema) ? undefined : names.get(zodSchema);
      if (!name) return;
      for (const key of Object.keys(jsonSchema)) delete (jsonSchema as Json)[key];
      Object.assign(jsonSchema, reference(name));
    },
  });
  return rest;
}
