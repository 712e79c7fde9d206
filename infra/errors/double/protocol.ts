import { createRequire } from "node:module";
import * as grpc from "@grpc/grpc-js";
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import type * as m from "@pulumi/pulumi/proto/provider_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import type { Struct as StructMessage } from "google-protobuf/google/protobuf/struct_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import type { Failure } from "./check.ts";
import type { Difference, SentryProvider, Subject } from "./provider.ts";
import type { Properties } from "./values.ts";

/** As the bindings ask for: the version of the bridge, not of the provider within. */
const bridgeVersion = "1.0.2";

// The generated services come without types.
const { ResourceProviderService } = createRequire(import.meta.url)("@pulumi/pulumi/proto/provider_grpc_pb.js") as {
  readonly ResourceProviderService: grpc.ServiceDefinition;
};

/**
 * Serves a provider in Pulumi's own protocol on a free port. The SDK's server of `@pulumi/pulumi/provider` would not do: it
 * keeps the provider's configuration to itself and answers neither CheckConfig nor DiffConfig.
 */
export async function serve(provider: SentryProvider): Promise<number> {
  const server = new grpc.Server();
  server.addService(ResourceProviderService, handlers(provider));
  return await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
      if (error) reject(error);
      else resolve(port);
    });
  });
}

function handlers(provider: SentryProvider): grpc.UntypedServiceImplementation {
  return {
    parameterize: unary(async (request: m.ParameterizeRequest) => {
      const value = request.getValue();
      if (!value) throw new Error("the double is parameterised by a value, not by arguments");
      const version = provider.parameterize(value.getName(), Buffer.from(value.getValue_asU8()).toString());
      return new messages.ParameterizeResponse().setName(value.getName()).setVersion(version);
    }),
    getPluginInfo: unary(async () => new plugin.PluginInfo().setVersion(bridgeVersion)),
    getSchema: unary(async () => new messages.GetSchemaResponse().setSchema('{"name":"sentry"}')),
    cancel: unary(async () => new empty.Empty()),
    checkConfig: unary(async (request: m.CheckRequest) => {
      const { inputs, failures } = provider.checkConfig(open(request.getNews()));
      return new messages.CheckResponse().setInputs(close(inputs)).setFailuresList(failures.map(failureOf));
    }),
    diffConfig: unary(async (request: m.DiffRequest) => {
      const inputs = request.getOldInputs() ?? request.getOlds();
      return diffOf(provider.diffConfig(open(inputs), open(request.getNews())));
    }),
    configure: unary(async (request: m.ConfigureRequest) => {
      await provider.configure(open(request.getArgs()));
      return new messages.ConfigureResponse().setAcceptsecrets(true);
    }),
    check: unary(async (request: m.CheckRequest) => {
      const random = Buffer.from(request.getRandomseed_asU8()).toString("hex");
      const { inputs, failures } = provider.check(
        about(request),
        open(request.getOlds()),
        open(request.getNews()),
        random,
      );
      return new messages.CheckResponse().setInputs(close(inputs)).setFailuresList(failures.map(failureOf));
    }),
    diff: unary(async (request: m.DiffRequest) => {
      return diffOf(provider.diff(about(request), open(request.getOlds()), open(request.getNews())));
    }),
    create: unary(async (request: m.CreateRequest) => {
      const { id, state } = await provider.create(about(request), open(request.getProperties()));
      return new messages.CreateResponse().setId(id).setProperties(close(state));
    }),
    read: unary(async (request: m.ReadRequest) => {
      const found = await provider.read(about(request), open(request.getProperties()), open(request.getInputs()));
      const response = new messages.ReadResponse();
      // No id means "gone".
      return found
        ? response.setId(found.id).setProperties(close(found.state)).setInputs(close(found.inputs))
        : response;
    }),
    update: unary(async (request: m.UpdateRequest) => {
      const state = await provider.update(about(request), open(request.getOlds()), open(request.getNews()));
      return new messages.UpdateResponse().setProperties(close(state));
    }),
    delete: unary(async (request: m.DeleteRequest) => {
      await provider.delete(about(request), open(request.getProperties()));
      return new empty.Empty();
    }),
    invoke: unary(async (request: m.InvokeRequest) => {
      const { result, failures } = await provider.invoke(request.getTok(), open(request.getArgs()));
      return new messages.InvokeResponse().setReturn(close(result)).setFailuresList(failures.map(failureOf));
    }),
  };
}

function unary<Request, Response>(
  answer: (request: Request) => Promise<Response>,
): grpc.handleUnaryCall<Request, Response> {
  return (call, callback) => {
    answer(call.request).then(
      (response) => callback(null, response),
      (error: unknown) =>
        callback({ code: grpc.status.UNKNOWN, details: error instanceof Error ? error.message : String(error) }),
    );
  };
}

/** The type stands in the URN, behind the types of the parents. */
function about(request: { getUrn(): string; getId?(): string }): Subject {
  const [, , types = "", ...name] = request.getUrn().split("::");
  return { type: types.split("$").at(-1) ?? "", name: name.join("::"), id: request.getId?.() ?? "" };
}

function open(properties: StructMessage | undefined): Properties {
  return (properties?.toJavaScript() ?? {}) as Properties;
}

function close(properties: Properties): StructMessage {
  return struct.Struct.fromJavaScript(properties as Parameters<typeof struct.Struct.fromJavaScript>[0]);
}

function diffOf({ changed, replaces }: Difference): m.DiffResponse {
  const { DIFF_NONE, DIFF_SOME } = messages.DiffResponse.DiffChanges;
  return new messages.DiffResponse()
    .setChanges(changed.length > 0 ? DIFF_SOME : DIFF_NONE)
    .setDiffsList([...changed])
    .setReplacesList([...replaces]);
}

function failureOf({ property, reason }: Failure): m.CheckFailure {
  return new messages.CheckFailure().setProperty(property).setReason(reason);
}
