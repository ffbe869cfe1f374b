/** The HTTP server: what all dialects share, and where each is mounted. */
import type { IncomingMessage } from "node:http";
import cookie from "@fastify/cookie";
import helmet from "@fastify/helmet";
import swaggerUi from "@fastify/swagger-ui";
import Fastify, {
  LogController,
  type FastifyBaseLogger,
  type FastifyInstance,
  type RouteOptions,
} from "fastify";
import { validatorCompiler } from "fastify-type-provider-zod";
import { registerDocument } from "./document.ts";
import type { ContentHost } from "./shared/content-host.ts";
import { deferContinue, rememberExchange } from "./shared/exchange.ts";
import { chooseErrorHandler, type ErrorShape } from "./shared/error-shapes.ts";
import { HttpRefusal } from "./shared/http-refusal.ts";
import { runInRequest } from "./shared/request-context.ts";
import { refuseClient, refuseHead } from "./shared/request-head.ts";

export interface AppOptions {
  readonly logger: FastifyBaseLogger;
  readonly version: string;
  /** Addresses and networks of proxies that may say where a request comes from. */
  readonly trustProxy?: readonly string[];
  readonly contentHost?: ContentHost | undefined;
  readonly registerDialects: (app: FastifyInstance) => void;
  /** In which words each dialect refuses. */
  readonly errorShapes?: readonly ErrorShape[];
  /** Sees every route as it is registered. */
  readonly onRoute?: ((route: RouteOptions) => void) | undefined;
}

/** Uploads may take hours: their own minimum rate replaces the server's limit on whole requests. */
const headersTimeoutMs = 20_000;
const keepAliveTimeoutMs = 72_000;
const maxHeaderBytes = 16 * 1024;

export async function createApp({
  logger,
  version,
  trustProxy = [],
  contentHost,
  registerDialects,
  errorShapes = [],
  onRoute,
}: AppOptions): Promise<FastifyInstance> {
  const refuse = chooseErrorHandler(errorShapes);
  const app = Fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    rewriteUrl: (request: IncomingMessage) => contentHost?.route(request) ?? request.url ?? "",
    trustProxy: trustProxy.length > 0 && [...trustProxy],
    bodyLimit: 1024 * 1024,
    requestTimeout: 0,
    connectionTimeout: 0,
    keepAliveTimeout: keepAliveTimeoutMs,
    forceCloseConnections: "idle",
    routerOptions: { maxParamLength: 1024 },
    genReqId: () => crypto.randomUUID(),
    clientErrorHandler: refuseClient,
    // What is refused before any route is found: a path that cannot be decoded, a segment that is too long.
    frameworkErrors: (error, request, reply) => void refuse(error, request, reply),
    http: {
      maxHeaderSize: maxHeaderBytes,
      headersTimeout: headersTimeoutMs,
      requestTimeout: 0,
      insecureHTTPParser: false,
    },
  });
  deferContinue(app.server);
  // Only JSON and, in scopes of their own, raw bytes: text would reach the schemas as a string.
  app.removeContentTypeParser("text/plain");
  app.setValidatorCompiler(validatorCompiler);
  // The response schemas document and are tested; serialising through them would cost every request.
  app.setSerializerCompiler(() => JSON.stringify);
  app.setErrorHandler(refuse);
  app.setNotFoundHandler((request, reply) =>
    refuse(new HttpRefusal(404, { code: "not-found" }), request, reply),
  );
  if (onRoute) app.addHook("onRoute", onRoute);
  app.decorateRequest("principal", undefined);
  app.decorateRequest("account", undefined);
  app.addHook("onRequest", (request, reply, done) => {
    rememberExchange(request.raw, reply.raw);
    reply.header("x-content-type-options", "nosniff");
    runInRequest(request.id, () => {
      const refusal = refuseHead(request.raw);
      if (refusal) done(refusal);
      else if (!contentHost?.turnAway(request, reply)) done();
    });
  });
  await app.register(cookie);
  await registerDocument(app, version);
  await registerDocsPage(app);
  registerDialects(app);
  return app;
}

/** A page needs these headers; an API answer would only carry them. No HTTPS is assumed: that is the proxy's to say. */
async function registerDocsPage(app: FastifyInstance): Promise<void> {
  await app.register(async (docs) => {
    await docs.register(helmet, {
      hsts: false,
      contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } },
    });
    await docs.register(swaggerUi, { routePrefix: "/api/docs" });
  });
}
