/**
 * A second host, which serves what users stored and nothing else: `contentHost`. No cookie of the app ever reaches it, so whatever a browser
 * is brought to run of it runs where nobody is signed in.
 *
 * The app's routes decide as ever who may have what. Where a browser is about to get content, it is sent to an address of the content host
 * instead: the same request, sealed together with the session or token that made it (AES-256-GCM; the address shows neither). There the request is
 * opened and goes through the same route once more, in the name of what is sealed and of nothing else that it brings. So every right is asked
 * for anew there, and what was revoked is refused. The address is good for ten minutes; a late one, of a download that goes on, is sent back to
 * the app to be let in again.
 *
 * Requests with an Authorization header are answered by the app itself: no browser renders their answers as a page.
 */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Principal } from "../../core/accounts/principal.ts";
import type { Clock } from "../../core/clock.ts";
import { CoreError } from "../../core/errors.ts";
import { plain, sendProblem } from "./problem.ts";

export interface ContentHost {
  /** The path that a request is for: of one at the content host, the one that was sealed. To be asked before anything is routed. */
  route(request: IncomingMessage): string;
  /** Answers what the content host has no content for. True: it has been answered. */
  turnAway(request: FastifyRequest, reply: FastifyReply): boolean;
}

/** What was sealed into an address. */
interface Pass {
  readonly path: string;
  /** Null: whoever needs no account for it. */
  readonly via: Principal["via"] | null;
  /** What a visitor of a link showed. */
  readonly shown: Readonly<Record<string, string>>;
  readonly until: number;
}

const prefix = "/content/";
const validMs = 10 * 60_000;
const [ivBytes, tagBytes] = [12, 16];
/** With the rest of a request's head, below what a head may have. */
const maxAddressChars = 12_000;
/** What visitors of links show, in a header or a cookie; handed on in the header. */
const shownBy = { "sampan-share": "sampan_share", "sampan-download": "sampan_download" } as const;

const passes = new WeakMap<IncomingMessage, Pass>();
const doors = new WeakMap<IncomingMessage, (pass: Omit<Pass, "until">) => string>();

/** Who asks at the content host: undefined elsewhere, null for a visitor. */
export function passOf(request: IncomingMessage): { via: Principal["via"] | null } | undefined {
  return passes.get(request);
}

/**
 * Where a browser gets the content that it asks for here: undefined when that is here. `path` is what a GET for the same would ask for. Throws
 * `invalid-request` for one that is too long for an address.
 */
export function contentAddress(
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  path: string = request.raw.url ?? "",
): string | undefined {
  const door = doors.get(request.raw);
  if (!door) return undefined;
  const shown = Object.entries(shownBy).flatMap(([header, cookie]) => {
    // A download that has just been counted goes on with what this answer gives for it.
    const value = reply.getHeader(header) ?? request.headers[header] ?? request.cookies[cookie];
    return typeof value === "string" ? [[header, value] as const] : [];
  });
  const address = door({
    path: withoutCredentials(path),
    via: request.principal?.via ?? null,
    shown: Object.fromEntries(shown),
  });
  if (address.length > maxAddressChars)
    throw new CoreError("invalid-request", { field: "query", reason: "too long for an address" });
  return address;
}

export function createContentHost({
  contentOrigin,
  appOrigin,
  key,
  clock,
}: {
  contentOrigin: string;
  appOrigin: string;
  /** 256 bits. */
  key: Uint8Array;
  clock: Clock;
}): ContentHost {
  const { host, hostname, protocol } = new URL(contentOrigin);
  // Some clients say a port that need not be said.
  const usualPort = protocol === "https:" ? ":443" : ":80";
  const isHere = ({ headers }: IncomingMessage): boolean => {
    const asked = headers.host?.toLowerCase();
    return asked === host || (host === hostname && asked === host + usualPort);
  };

  const seal = (pass: Pass): string => {
    const iv = randomBytes(ivBytes);
    const cipher = createCipheriv("aes-256-gcm", key, iv);
    const sealed = [iv, cipher.update(JSON.stringify(pass), "utf8"), cipher.final()];
    return Buffer.concat([...sealed, cipher.getAuthTag()]).toString("base64url");
  };
  const open = (text: string): Pass | undefined => {
    const sealed = Buffer.from(text, "base64url");
    if (sealed.length <= ivBytes + tagBytes) return undefined;
    const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, ivBytes));
    decipher.setAuthTag(sealed.subarray(-tagBytes));
    try {
      const opened = decipher.update(sealed.subarray(ivBytes, -tagBytes));
      return JSON.parse(Buffer.concat([opened, decipher.final()]).toString("utf8")) as Pass;
    } catch {
      // Not ours, whatever is wrong with it: node names no error that says so.
      return undefined;
    }
  };
  const door = (pass: Omit<Pass, "until">): string =>
    contentOrigin + prefix + seal({ ...pass, until: clock.now() + validMs });

  return {
    route(request) {
      const { url = "", method, headers } = request;
      if (!isHere(request)) {
        if (headers.authorization === undefined) doors.set(request, door);
        return url;
      }
      const isRead = method === "GET" || method === "HEAD";
      const pass = isRead && url.startsWith(prefix) ? open(url.slice(prefix.length)) : undefined;
      if (!pass) return url;
      passes.set(request, pass);
      // Whatever else it brings is nobody's here.
      for (const name of ["authorization", "cookie", ...Object.keys(shownBy)]) delete headers[name];
      Object.assign(headers, pass.shown);
      return pass.path;
    },
    turnAway(request, reply) {
      if (!isHere(request.raw)) return false;
      allowApp(reply, appOrigin);
      const pass = passes.get(request.raw);
      if (pass && pass.until > clock.now()) return false;
      reply.header("cache-control", "no-store");
      if (pass) void reply.redirect(appOrigin + pass.path, 302);
      else if (request.method === "OPTIONS") void reply.code(204).send();
      else sendProblem(reply, plain(404, { code: "not-found" }));
      return true;
    },
  };
}

/** The app's own pages may read it; without credentials, which it would not look at. */
function allowApp(reply: FastifyReply, appOrigin: string): void {
  void reply.headers({
    "access-control-allow-origin": appOrigin,
    "access-control-allow-methods": "GET, HEAD",
    "access-control-allow-headers": "range, if-range, if-match, if-none-match",
    "access-control-expose-headers":
      "accept-ranges, content-disposition, content-length, content-range, etag, repr-digest",
    vary: "origin",
  });
}

/** A family of dialects shows its token in the query: what is sealed speaks for it from here on. */
function withoutCredentials(path: string): string {
  const [base = "", query] = path.split("?", 2);
  if (query === undefined) return path;
  const fields = new URLSearchParams(query);
  if (!fields.has("token")) return path;
  for (const name of ["username", "token"]) fields.delete(name);
  return `${base}?${fields}`;
}
