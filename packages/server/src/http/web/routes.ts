/** The web app: its files as they were built, and what its page needs beside the native API. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance } from "fastify";
import { registerDownloads, type DownloadRoutes } from "./downloads.ts";
import { isPageRequest, pageHeaders, plainPage } from "./page.ts";

export interface WebRoutes extends DownloadRoutes {
  /** Where the build put `index.html` and `assets/`; may be absent. */
  readonly webFolder: string;
  /** Where content comes from, if not from here. */
  readonly contentOrigin?: string | undefined;
}

export function registerWeb(app: FastifyInstance, routes: WebRoutes): void {
  void app.register(async (web) => {
    registerDownloads(web, routes);
    if (existsSync(join(routes.webFolder, "index.html"))) await registerApp(web, routes);
    else registerPlainPage(web, routes);
  });
}

async function registerApp(
  app: FastifyInstance,
  { webFolder, contentOrigin }: WebRoutes,
): Promise<void> {
  const headers = { ...pageHeaders(contentOrigin), "cache-control": "no-cache" };
  // Each name holds its content's hash, so whoever has one never needs to ask again.
  await app.register(fastifyStatic, {
    root: join(webFolder, "assets"),
    prefix: "/assets/",
    preCompressed: true,
    maxAge: "365d",
    immutable: true,
  });
  app.get("/*", { schema: { hide: true } }, (request, reply) => {
    if (!isPageRequest(request)) return reply.callNotFound();
    // The page names the assets of its build: a kept one would ask for files that are gone.
    const options = { root: webFolder, maxAge: 0, immutable: false, cacheControl: false };
    return reply.headers(headers).sendFile("index.html", options);
  });
}

function registerPlainPage(app: FastifyInstance, { contentOrigin }: WebRoutes): void {
  app.get("/", { schema: { hide: true } }, (_request, reply) =>
    reply
      .headers({ ...pageHeaders(contentOrigin), "cache-control": "no-store" })
      .type("text/html; charset=utf-8")
      .send(plainPage),
  );
}
