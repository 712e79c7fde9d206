import { expect, test } from "vitest";
import { openApiDocument } from "./document.ts";
import { operations } from "./operations.ts";

interface Described {
  operationId: string;
  parameters: { name: string; in: string }[];
  requestBody?: { content: { "application/json": { schema: { required?: string[]; properties: object } } } };
  responses: Record<string, { description: string; content?: Record<string, { schema: object }> }>;
}
const document = openApiDocument("1.2.3") as {
  paths: Record<string, Record<string, Described>>;
  components: { schemas: Record<string, { required: string[]; properties: Record<string, object> }> };
};
const described = Object.values(document.paths).flatMap((path) => Object.values(path));

test("every operation is described once", () => {
  expect(described.map(({ operationId }) => operationId).sort()).toEqual(Object.keys(operations).sort());
});

test("path parameters are those of the path", () => {
  for (const [path, methods] of Object.entries(document.paths)) {
    const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    for (const { parameters } of Object.values(methods)) {
      expect(parameters.filter((parameter) => parameter.in === "path").map(({ name }) => name)).toEqual(names);
    }
  }
});

test("a field with a default may be left out of a request and is always in a response", () => {
  const create = document.paths["/api/projects"]?.post;
  expect(create?.requestBody?.content["application/json"].schema.required).toEqual(["name", "slug"]);
  expect(document.components.schemas.Project?.required).toContain("description");
});

test("responses refer to the named schemas", () => {
  const list = document.paths["/api/projects"]?.get?.responses["200"]?.content?.["application/json"]?.schema;
  expect(list).toMatchObject({ properties: { items: { items: { $ref: "#/components/schemas/Project" } } } });
});

test("two problems of one status are both named", () => {
  expect(document.paths["/api/projects"]?.post?.responses["409"]?.description).toContain("slug-taken");
  expect(document.paths["/api/projects"]?.post?.responses["503"]?.description).toContain("database-unavailable");
});

test("the whole document is plain JSON", () => {
  expect(JSON.parse(JSON.stringify(document))).toEqual(document);
});
