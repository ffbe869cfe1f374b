import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Client } from "@sampan/sdk";
import { createNodeClient } from "@sampan/sdk/node";
import { findCredential } from "./credentials.ts";
import { UsageError } from "./exit-codes.ts";

/** Options every command that talks to a server understands. */
export const connectionOptions = {
  url: { type: "string" },
  token: { type: "string" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

export interface ConnectionFlags {
  url?: string | undefined;
  token?: string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

export const DEFAULT_URL = "http://127.0.0.1:18101";

export interface Server {
  url: string;
  token: string;
  client: Client;
}

export function serverUrl(flags: ConnectionFlags, env: Environment): URL {
  return parseUrl(flags.url ?? env["SAMPAN_URL"] ?? DEFAULT_URL);
}

/** The server to talk to; the token by flag, then environment, then `sampan login`, then the data folder of a local server. */
export async function connect(flags: ConnectionFlags, env: Environment): Promise<Server> {
  const url = serverUrl(flags, env);
  const token =
    flags.token ??
    env["SAMPAN_TOKEN"] ??
    (await findCredential(url.origin, env))?.token ??
    (await readLocalToken(url, env));
  if (!/^[\x21-\x7e]+$/.test(token)) throw new UsageError("The token is empty or not plain text");
  return { url: url.href, token, client: createNodeClient({ url: url.href, token }) };
}

export function dataFolder(flag: string | undefined, env: Environment): string {
  return flag ?? env["SAMPAN_DATA_DIR"] ?? "./data";
}

export async function readTokenFile(folder: string): Promise<string> {
  const path = join(folder, "owner.token");
  try {
    return (await readFile(path, "utf8")).trim();
  } catch (cause) {
    const reason = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
    throw new UsageError(`The owner's token, ${path}, cannot be read (${reason})`, { cause });
  }
}

function parseUrl(text: string): URL {
  const url = URL.parse(text);
  if (url?.protocol === "http:" || url?.protocol === "https:") return url;
  throw new UsageError(`"${text}" is not an http:// or https:// address`);
}

/** The local owner's token is never sent to another machine. */
async function readLocalToken(url: URL, env: Environment): Promise<string> {
  const missing = `Not signed in to ${url.origin}: sampan login NAME, or set --token or SAMPAN_TOKEN`;
  if (!isLoopback(url.hostname)) throw new UsageError(missing);
  try {
    return await readTokenFile(dataFolder(undefined, env));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`${missing}. ${error.message}; SAMPAN_DATA_DIR says where`, {
      cause: error,
    });
  }
}

export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || hostname.startsWith("127.");
}
