import { bodyProblems, type Operation, pageOf } from "../openapi/operation.ts";
import { deployment, deploymentPatch, deploymentQuery, newDeployment } from "./schema.ts";

export const deploymentOperations = {
  listDeployments: {
    method: "get",
    path: "/api/projects/:id/deployments",
    access: "viewer",
    about: "Deployments of a project, newest first",
    query: deploymentQuery,
    success: { status: 200, body: pageOf(deployment) },
    problems: ["invalid-query", "not-found"],
  },
  createDeployment: {
    method: "post",
    path: "/api/projects/:id/deployments",
    access: "operator",
    limit: "expensive",
    about: "Begin to deploy what a run built",
    body: newDeployment,
    success: { status: 201, body: deployment },
    problems: [...bodyProblems, "not-found", "deployment-refused"],
  },
  readDeployment: {
    method: "get",
    path: "/api/deployments/:id",
    access: "viewer",
    about: "Read a deployment",
    success: { status: 200, body: deployment },
    problems: ["not-found"],
  },
  updateDeployment: {
    method: "patch",
    path: "/api/deployments/:id",
    access: "operator",
    about: "Report how a deployment ended",
    body: deploymentPatch,
    success: { status: 200, body: deployment },
    problems: [...bodyProblems, "not-found", "deployment-refused", "version-mismatch"],
    conditional: true,
  },
  rollBackDeployment: {
    method: "post",
    path: "/api/deployments/:id/rollback",
    access: "operator",
    limit: "expensive",
    about: "Take back an environment's last deployment: the success before it is deployed again",
    success: { status: 201, body: deployment },
    problems: ["not-found", "deployment-refused", "version-mismatch"],
    conditional: true,
  },
} as const satisfies Record<string, Operation>;
