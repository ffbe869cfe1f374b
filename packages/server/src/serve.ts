/**
 * The running server: logs, composition, listening, stopping. Exit codes: 0 stopped, 1 failed, 2 the address or the data folder is in use.
 */
import { flushCompileCache } from "node:module";
import type { AddressInfo } from "node:net";
import { pino, type Logger } from "pino";
import { compose, type Server } from "./compose.ts";
import type { Settings } from "./config/settings.ts";
import { currentRequestId } from "./http/shared/request-context.ts";
import { WeakKeyError } from "./identity/key-file.ts";
import { FolderInUse } from "./operations/lock.ts";

const stopTimeoutMs = 10_000;

export async function serve(settings: Settings): Promise<void> {
  const logger = await createLogger(settings);
  /** A database whose commit failed can promise nothing any more: start-up, which reads the disk again, can. */
  const onFatal = (error: Error): void => {
    logger.fatal({ err: error }, "cannot go on: stopping");
    process.exit(1);
  };
  /** Of one request or one timer, and so of nobody else: it is a fault to be repaired, not a reason to fail everybody. */
  let countError = (): void => undefined;
  const onUnexpected = (error: unknown): void => {
    countError();
    logger.error({ err: error, requestId: currentRequestId() }, "a failure that nothing handles");
  };
  process.on("uncaughtException", onUnexpected).on("unhandledRejection", onUnexpected);

  const server = await compose({ settings, logger, onFatal }).catch((error: unknown) => {
    if (error instanceof FolderInUse || error instanceof WeakKeyError)
      return fail(error.message, 2);
    logger.fatal({ err: error }, "could not start");
    return fail(`Sampan could not start: ${(error as Error).message}`, 1);
  });
  countError = () => server.countError();
  const { host, port: wantedPort } = settings;
  await server.app.listen({ host, port: wantedPort }).catch((error: unknown) => {
    return fail(`Sampan cannot listen on ${host}:${wantedPort}: ${(error as Error).message}`, 2);
  });
  const { port } = server.app.server.address() as AddressInfo;
  const shownHost = host.includes(":") ? `[${host}]` : host;
  process.stdout.write(`Sampan is listening on http://${shownHost}:${port}\n`);
  if (server.setUpPath !== undefined) {
    const base = settings.publicUrl ?? `http://${shownHost}:${port}`;
    process.stdout.write(
      `Set up the owner's account, once, within a day: ${base}${server.setUpPath}\n`,
    );
  }
  flushCompileCache();
  stopOnSignals(server, logger);
}

async function createLogger({ logLevel }: Settings): Promise<Logger> {
  const options = { level: logLevel, base: null };
  if (!process.stderr.isTTY) return pino(options, pino.destination({ dest: 2, sync: true }));
  const { default: pretty } = await import("pino-pretty");
  return pino(options, pretty({ destination: 2, translateTime: "SYS:HH:MM:ss" }));
}

function stopOnSignals(server: Server, logger: Logger): void {
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
}

function fail(message: string, code: number): never {
  process.stderr.write(`${message}\n`);
  process.exit(code);
}
