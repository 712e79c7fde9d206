/** Who this process says it is, in spans, log lines and metrics alike. */
export interface ServiceIdentity {
  readonly name: string;
  readonly version: string;
  readonly environment: string;
}

export function serviceIdentity(env: NodeJS.ProcessEnv): ServiceIdentity {
  return {
    name: env.OTEL_SERVICE_NAME || "gateway",
    version: env.SERVICE_VERSION || "0.0.0",
    environment: env.DEPLOYMENT_ENVIRONMENT || "development",
  };
}
