/** environment → settings → compose → listen. Exit codes: 0 stopped, 1 failed, 2 wrong settings or the data folder is in use. */
import { mkdirSync } from "node:fs";
import { enableCompileCache, flushCompileCache } from "node:module";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import { pino } from "pino";
import { formatSettings, loadSettings, SettingError, type LoadedSettings } from "./config/load.ts";
import type { Server } from "./compose.ts";
import { FolderInUse } from "./operations/lock.ts";

// Before anything uses libuv's pool: flushes block a thread each, and must not hold up writes and reads.
process.env["UV_THREADPOOL_SIZE"] ??= "16";

const stopTimeoutMs = 10_000;

const fail = (message: string, code: number): never => {
  process.stderr.write(`${message}\n`);
  process.exit(code);
};

const loaded: LoadedSettings = await loadSettings({
  argv: process.argv.slice(2),
  env: process.env,
  folder: process.cwd(),
}).catch((error: unknown) => {
  if (error instanceof SettingError) return fail(error.message, 2);
  throw error;
});
const { settings } = loaded;
if (loaded.printConfig) {
  process.stdout.write(`${formatSettings(loaded)}\n`);
  process.exit(0);
}

const logger = pino(
  { level: settings.logLevel, base: null },
  process.stderr.isTTY
    ? (await import("pino-pretty")).default({ destination: 2, translateTime: "SYS:HH:MM:ss", ignore: "pid,hostname" })
    : pino.destination({ dest: 2, sync: true }),
);

/** A database whose commit failed can promise nothing any more: start-up, which reads the disk again, can. */
const onFatal = (error: Error): void => {
  logger.fatal({ err: error }, "the database failed: stopping");
  process.exit(1);
};
process.on("uncaughtException", (error) => {
  logger.fatal({ err: error }, "an unexpected failure: stopping");
  process.exit(1);
});

// Stripped and compiled sources are kept for the next start and for worker threads: half the start-up time, a quarter of the
// memory. In the data folder, because a shared temporary folder would let others put code there.
const cacheFolder = join(resolve(settings.dataDir), "cache");
mkdirSync(cacheFolder, { recursive: true, mode: 0o700 });
process.env["NODE_COMPILE_CACHE"] = cacheFolder;
enableCompileCache(cacheFolder);

const { compose } = await import("./compose.ts");
const server: Server = await compose({ settings, logger, onFatal }).catch((error: unknown) => {
  if (error instanceof FolderInUse) return fail(error.message, 2);
  logger.fatal({ err: error }, "could not start");
  return fail(`Sampan could not start: ${(error as Error).message}`, 1);
});

await server.app.listen({ host: settings.host, port: settings.port }).catch((error: unknown) => {
  return fail(`Sampan cannot listen on ${settings.host}:${settings.port}: ${(error as Error).message}`, 2);
});
const { port } = server.app.server.address() as AddressInfo;
process.stdout.write(`Sampan is listening on http://${formatHost(settings.host)}:${port}\n`);
flushCompileCache();

const stop = (): void => {
  setTimeout(() => process.exit(1), stopTimeoutMs).unref();
  server[Symbol.asyncDispose]().then(
    () => process.exit(0),
    (error: unknown) => {
      logger.error({ err: error }, "stopping failed");
      process.exit(1);
    },
  );
};
process.once("SIGTERM", stop).once("SIGINT", stop);

function formatHost(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
