/** tus as one plugin, mounted at `/files`. */
import type { FastifyInstance, FastifyReply } from "fastify";
import { below, type ErrorShape } from "../shared/error-shapes.ts";
import { acceptRawBodies } from "../shared/raw-bodies.ts";
import { setCors } from "./cors.ts";
import { postUpload } from "./create.ts";
import type { TusDependencies } from "./dependencies.ts";
import { handleTusError, TusRefusal } from "./errors.ts";
import type { Exchange } from "./exchange.ts";
import { assertVersion, methodOf } from "./headers.ts";
import {
  basePath,
  checksumAlgorithms,
  extensions,
  tusVersion,
  type TusMethod,
} from "./protocol.ts";
import { getUpload, headUpload } from "./read.ts";
import { patchUpload } from "./receive.ts";
import { deleteUpload } from "./terminate.ts";

type Handler = (dependencies: TusDependencies, exchange: Exchange) => Promise<FastifyReply | void>;
type Resource = Partial<Record<TusMethod, Handler>>;

const collection: Resource = { OPTIONS: describeServer, POST: postUpload };
const upload: Resource = {
  OPTIONS: describeServer,
  HEAD: headUpload,
  GET: getUpload,
  PATCH: patchUpload,
  DELETE: deleteUpload,
};

export const tusErrors: ErrorShape = {
  owns: below(basePath),
  handle(error, request, reply) {
    reply.header("tus-resumable", tusVersion);
    return handleTusError(error, request, reply);
  },
};

/** The methods that come over the wire: X-HTTP-Method-Override may make any of them mean another. */
const wireMethods = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];

export function registerTus(app: FastifyInstance, dependencies: TusDependencies): void {
  void app.register(async (tus) => {
    acceptRawBodies(tus);
    tus.setErrorHandler(handleTusError);
    // Before anything can be refused: a browser hides an answer without these from its page.
    tus.addHook("onRequest", async (request, reply) => {
      reply.header("tus-resumable", tusVersion);
      setCors({ request, reply }, dependencies.allowedOrigins);
    });
    // A preflight request carries no token, and discovery tells no secrets.
    tus.addHook("onRequest", async (request, reply) => {
      if (methodOf(request.raw) !== "OPTIONS") await dependencies.authenticate(request, reply);
    });
    const serve = (url: string, resource: Resource) =>
      tus.route({
        url,
        method: wireMethods,
        exposeHeadRoute: false,
        config: { access: "files:write" },
        schema: { hide: true },
        handler: (request, reply) => dispatch({ dependencies, resource }, { request, reply }),
      });
    serve(basePath, collection);
    serve(`${basePath}/`, collection);
    serve(`${basePath}/:id`, upload);
  });
}

function dispatch(
  { dependencies, resource }: { dependencies: TusDependencies; resource: Resource },
  exchange: Exchange,
): Promise<FastifyReply | void> {
  const method = methodOf(exchange.request.raw);
  const handler = Object.hasOwn(resource, method) ? resource[method as TusMethod] : undefined;
  if (!handler) {
    exchange.reply.header("allow", Object.keys(resource).join(", "));
    throw new TusRefusal(405, {
      code: "method-not-allowed",
      message: `${method} means nothing here`,
    });
  }
  if (method !== "OPTIONS" && method !== "GET") assertVersion(exchange.request.headers);
  return handler(dependencies, exchange);
}

async function describeServer({ limits }: TusDependencies, { reply }: Exchange) {
  return reply
    .code(204)
    .headers({
      "tus-version": tusVersion,
      "tus-extension": extensions.join(","),
      "tus-max-size": limits.maxFileBytes,
      "tus-checksum-algorithm": checksumAlgorithms.join(","),
    })
    .send();
}
