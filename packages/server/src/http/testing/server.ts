/** The whole server, composed as in production, in this process and on a folder of its own. */
import type { AddressInfo } from "node:net";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pino } from "pino";
import { compose } from "../../compose.ts";
import type { NetworkSeam } from "../../compose/fetches.ts";
import { settingsSchema, type Settings } from "../../config/settings.ts";
import { openFolder } from "../../core/testing/engine.ts";
import { accessOf, type Access } from "../shared/access.ts";
import { openRaw, type RawAnswer, type RawConnection } from "./raw.ts";

export interface LogLine {
  readonly level: number;
  readonly msg: string;
}

export interface TestServer extends AsyncDisposable {
  readonly port: number;
  readonly folder: string;
  readonly token: string;
  readonly setUpPath: string | undefined;
  /** What was logged as a warning or worse. */
  readonly log: LogLine[];
  /** A request on a connection of its own. */
  ask(ask: Ask): Promise<RawAnswer>;
  /** Every route that there is, and what it asks of whoever calls it. */
  readonly routes: readonly Route[];
  open(): Promise<RawConnection>;
}

export interface Route {
  readonly method: string;
  readonly url: string;
  readonly access: Access;
}

export interface Ask {
  readonly method?: string;
  /** Under `/api/v1`. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly body?: Uint8Array | string;
  readonly token?: string | null;
}

export async function startServer(
  settings: Partial<Settings> = {},
  { network = {} }: { network?: NetworkSeam } = {},
): Promise<TestServer> {
  await using opened = new AsyncDisposableStack();
  // Of the caller's, where a second server is to find what the first has left.
  const folder = settings.dataDir ?? opened.use(await openFolder()).path;
  const log: LogLine[] = [];
  const logger = pino(
    { level: "warn", base: null },
    { write: (line: string) => void log.push(JSON.parse(line) as LogLine) },
  );
  const routes: Route[] = [];
  const server = opened.use(
    await compose({
      onRoute: ({ method, url, config }) => {
        for (const one of [method].flat())
          routes.push({ method: one, url, access: accessOf({ method: one, config }) });
      },
      settings: settingsSchema.parse({ dataDir: folder, port: 0, ...settings }),
      logger,
      network,
      onFatal: (error) => {
        throw error;
      },
    }),
  );
  await server.app.listen({ host: "127.0.0.1", port: 0 });
  const { port } = server.app.server.address() as AddressInfo;
  const token = (await readFile(join(folder, "owner.token"), "utf8")).trim();
  const stack = opened.move();
  return {
    port,
    folder,
    token,
    setUpPath: server.setUpPath,
    log,
    open: () => openRaw(port),
    routes,
    async ask(ask) {
      await using connection = await openRaw(port);
      void connection.write(formatHead(ask, token));
      void connection.write(bodyOf(ask));
      const answer = await connection.answer();
      if (!answer) throw new Error(`${ask.method ?? "GET"} ${ask.path}: no answer`);
      return answer;
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

function bodyOf({ json, body }: Ask): Uint8Array {
  if (json !== undefined) return Buffer.from(JSON.stringify(json));
  return typeof body === "string" ? Buffer.from(body) : (body ?? new Uint8Array(0));
}

/** The head of a request, with the length of its body unless its headers say otherwise. */
export function formatHead(ask: Ask, ownToken: string): string {
  const { method = "GET", path, headers = {}, json, token = ownToken } = ask;
  const { length } = bodyOf(ask);
  const all: Record<string, string> = {
    host: "localhost",
    ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    ...(json === undefined ? {} : { "content-type": "application/json" }),
    ...(length > 0 || method !== "GET" ? { "content-length": String(length) } : {}),
    ...headers,
  };
  // An empty value leaves a header out.
  const lines = Object.entries(all).flatMap(([name, value]) =>
    value === "" ? [] : [`${name}: ${value}`],
  );
  return `${method} /api/v1${path} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`;
}
