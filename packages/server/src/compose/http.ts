/** The HTTP server over the core: every dialect, and what they share. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { FastifyInstance } from "fastify";
import { createScrub } from "../core/blobs/scrub.ts";
import { createSlabPool } from "../core/blobs/slab-pool.ts";
import { createFollowEvents } from "../core/events/follow.ts";
import { createApp } from "../http/app.ts";
import type { FetchRoutes } from "../http/native/fetches.ts";
import type { PreviewRoutes } from "../http/native/previews.ts";
import { registerNative } from "../http/native/routes.ts";
import { createContentHost, type ContentHost } from "../http/shared/content-host.ts";
import type { BodyOptions } from "../http/shared/body-source.ts";
import { numberedErrors } from "../http/shared/numbered-envelope.ts";
import { taskApiErrors } from "../http/task-api/routes.ts";
import { uploaderErrors } from "../http/go-uploader/routes.ts";
import { registerTus, tusErrors } from "../http/tus/routes.ts";
import { registerWeb } from "../http/web/routes.ts";
import { createTickets } from "../http/web/tickets.ts";
import { createChecks } from "../operations/checks.ts";
import type { FamilyMetrics } from "../operations/family-metrics.ts";
import { createHealth } from "../operations/health.ts";
import type { Archives } from "./archive.ts";
import { composeDialects } from "./dialects.ts";
import type { Engine, EngineParts } from "./engine.ts";
import type { Stores } from "./metadata.ts";
import type { ComposeOptions } from "./options.ts";
import type { Community } from "./people.ts";
import { composeSharing } from "./sharing.ts";
import type { Storage } from "./storage.ts";

/** 48 MiB in flight: enough for a dozen fast senders to keep a disk busy, and the bound on what bodies can hold. */
const slabs = 48;
const webFolder = fileURLToPath(new URL("../../../web/dist", import.meta.url));

interface HttpParts
  extends
    EngineParts,
    Omit<Stores, "selections">,
    Archives,
    Storage,
    Engine,
    Community,
    Omit<FetchRoutes, "fetches">,
    Pick<PreviewRoutes, "previews"> {
  readonly onRoute: ComposeOptions["onRoute"];
  readonly metrics: FamilyMetrics;
  /** Uploads whose acknowledged bytes were not there at start-up. */
  readonly ackLost: number;
  readonly replaceOwnerToken: () => Promise<string>;
}

export async function createHttp(parts: HttpParts): Promise<FastifyInstance> {
  const { settings, logger, clock, onRoute, authenticate } = parts;
  const version = await readVersion();
  const tickets = createTickets({ clock, key: parts.deriveKey("download tickets") });
  const sharing = composeSharing({
    ...parts,
    onCleanUpError: (error) =>
      logger.warn({ err: error }, "uploads through a request that is over could not be ended yet"),
  });
  const routes = {
    ...parts,
    ...sharing,
    version,
    tickets,
    followEvents: createFollowEvents({ ...parts, ...sharing }),
    async replaceOwnerToken() {
      const token = await parts.replaceOwnerToken();
      authenticate.forget();
      return token;
    },
    health: createHealth({ ...parts, ackLost: () => parts.ackLost }),
    checks: createChecks({
      scrub: createScrub(parts),
      onError: (error) => logger.error({ err: error }, "a check failed"),
    }),
    body: createBodyOptions(settings),
  };
  const registerDialects = await composeDialects(routes);
  const { contentHost: contentOrigin } = settings;
  return createApp({
    logger,
    version,
    trustProxy: settings.trustProxy,
    contentHost: openContentHost(parts),
    onRoute,
    errorShapes: [tusErrors, taskApiErrors, uploaderErrors, numberedErrors],
    registerDialects(http) {
      registerNative(http, routes);
      registerTus(http, routes);
      registerDialects(http);
      registerWeb(http, { ...routes, webFolder, contentOrigin });
    },
  });
}

function openContentHost({
  settings,
  publicOrigin: appOrigin,
  deriveKey,
  clock,
}: HttpParts): ContentHost | undefined {
  const { contentHost: contentOrigin } = settings;
  if (contentOrigin === undefined || appOrigin === undefined) return undefined;
  return createContentHost({ contentOrigin, appOrigin, key: deriveKey("content host"), clock });
}

function createBodyOptions({
  minBytesPerSecond,
  minRateWindowMs: windowMs,
}: ComposeOptions["settings"]): BodyOptions {
  return {
    pool: createSlabPool({ slabs }),
    rate: { minBytesPerSecond, windowMs },
    takeSockets: true,
  };
}

async function readVersion(): Promise<string> {
  const file = new URL("../../package.json", import.meta.url);
  return (JSON.parse(await readFile(file, "utf8")) as { version: string }).version;
}
