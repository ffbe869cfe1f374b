/**
 * Other people's servers over undici. Redirects are followed here, hop by hop, each through the guarded connector; nothing is decoded; no
 * cookie, credential or proxy of this process goes along. Every phase has its limit of time, and the size of a head has one.
 */
import { Client, type buildConnector, type Dispatcher } from "undici";
import { isCoreError } from "../../core/errors.ts";
import {
  parseRemoteUrl,
  RemoteFailure,
  type Remote,
  type RemoteContent,
} from "../../core/fetches/remote.ts";
import { createAddressPolicy, refusesHost, type AllowsAddress } from "./address-policy.ts";
import * as answer from "./answer.ts";
import { createRemoteSource } from "./body-source.ts";
import { translateFailure } from "./failures.ts";
import { createGuardedConnector, resolveBySystem, type ResolveName } from "./guarded-connector.ts";

export interface RemoteLimits {
  readonly connectMs: number;
  readonly headersMs: number;
  /** Without a byte of the body. */
  readonly idleMs: number;
  /** One connection, however busy; then it is made anew and goes on. */
  readonly totalMs: number;
  readonly maxRedirects: number;
  readonly maxHeadBytes: number;
}

const defaultLimits: RemoteLimits = {
  connectMs: 10_000,
  headersMs: 30_000,
  idleMs: 60_000,
  totalMs: 12 * 3_600_000,
  maxRedirects: 10,
  maxHeadBytes: 32 * 1024,
};

interface Request {
  readonly url: URL;
  readonly resume: { offset: number; validator: string } | null;
  readonly signal: AbortSignal;
}

export function createRemote({
  userAgent,
  allows = createAddressPolicy(),
  resolve = resolveBySystem,
  limits: given = {},
}: {
  userAgent: string;
  /** Tests against servers of their own replace it; no setting does. */
  allows?: AllowsAddress;
  resolve?: ResolveName;
  limits?: Partial<RemoteLimits>;
}): Remote {
  const limits = { ...defaultLimits, ...given };
  const connect = createGuardedConnector({ allows, resolve, timeoutMs: limits.connectMs });

  return {
    refuses: (url) => refusesHost(url, allows),
    async open(request) {
      const signal = AbortSignal.any([request.signal, AbortSignal.timeout(limits.totalMs)]);
      let { url } = request;
      for (let hop = 0; hop <= limits.maxRedirects; hop++) {
        const hopRequest = { ...request, url, signal };
        const response = await ask(hopRequest, { connect, limits, userAgent });
        const target = redirectTarget(response.head, url);
        if (target === undefined) return await describeOr(response, hopRequest);
        await response[Symbol.asyncDispose]();
        url = target;
      }
      throw new RemoteFailure("too-many-redirects", {
        detail: `more than ${limits.maxRedirects} redirects`,
      });
    },
  };
}

interface Response extends AsyncDisposable {
  readonly head: Dispatcher.ResponseData;
}

async function ask(
  { url, resume, signal }: Request,
  {
    connect,
    limits,
    userAgent,
  }: { connect: buildConnector.connector; limits: RemoteLimits; userAgent: string },
): Promise<Response> {
  const client = new Client(url.origin, {
    connect,
    headersTimeout: limits.headersMs,
    bodyTimeout: limits.idleMs,
    maxHeaderSize: limits.maxHeadBytes,
    allowH2: false,
  });
  const range =
    resume === null ? {} : { range: `bytes=${resume.offset}-`, "if-range": resume.validator };
  try {
    const head = await client.request({
      path: `${url.pathname}${url.search}`,
      method: "GET",
      signal,
      headers: { accept: "*/*", "accept-encoding": "identity", "user-agent": userAgent, ...range },
    });
    // Destroying a body that nobody reads is an error that nobody hears.
    head.body.on("error", () => undefined);
    return { head, [Symbol.asyncDispose]: () => client.destroy() };
  } catch (error) {
    await client.destroy();
    throw translateFailure(error);
  }
}

const redirects = new Set([301, 302, 303, 307, 308]);

function redirectTarget({ statusCode, headers }: Dispatcher.ResponseData, url: URL) {
  const location = redirects.has(statusCode) ? answer.headerOf(headers, "location") : undefined;
  if (location === undefined) return undefined;
  try {
    return parseRemoteUrl(new URL(location, url).href);
  } catch (error) {
    if (!isCoreError(error, "url-refused") && !(error instanceof TypeError)) throw error;
    throw new RemoteFailure("redirect-refused", { detail: "redirected to a URL that is refused" });
  }
}

async function describeOr(response: Response, request: Request): Promise<RemoteContent> {
  try {
    return describe(response, request);
  } catch (error) {
    await response[Symbol.asyncDispose]();
    throw error;
  }
}

function describe(response: Response, { url, resume, signal }: Request): RemoteContent {
  const { statusCode, headers, body } = response.head;
  const isPart = statusCode === 206 && resume !== null;
  if (statusCode !== 200 && !isPart) throw refusalOf(response.head, resume !== null);
  const validator = answer.strongValidator(headers);
  const length = answer.parseLength(answer.headerOf(headers, "content-length"));
  const range = isPart
    ? answer.parseContentRange(answer.headerOf(headers, "content-range"))
    : { start: 0, end: length ?? 0, size: length };
  // A range that we did not ask for, or of something else: nothing of it may be joined to what is held.
  const isOurs =
    range !== undefined &&
    (!isPart ||
      (range.start === resume.offset && (validator === null || validator === resume.validator)));
  if (!isOurs)
    throw new RemoteFailure("changed", { detail: "sent another part than asked", mayPass: true });
  return {
    start: range.start,
    size: range.size,
    validator: validator ?? (isPart ? resume.validator : null),
    mediaType: mediaTypeOf(answer.headerOf(headers, "content-type")),
    names: answer.suggestNames(headers, url),
    source: createRemoteSource(body, {
      declaredLength: isPart ? range.end - range.start : length,
      signal,
    }),
    [Symbol.asyncDispose]: () => response[Symbol.asyncDispose](),
  };
}

const passing = new Set([408, 425, 429, 500, 502, 503, 504, 507, 509, 520, 521, 522, 523, 524]);

function refusalOf({ statusCode, headers }: Dispatcher.ResponseData, isResume: boolean) {
  if (statusCode === 416 && isResume)
    return new RemoteFailure("changed", { detail: "has fewer bytes than before", mayPass: true });
  return new RemoteFailure("http-status", {
    detail: `answered with status ${statusCode}`,
    mayPass: passing.has(statusCode),
    retryAfterMs: answer.retryAfterMs(headers, Date.now()),
  });
}

function mediaTypeOf(header: string | undefined): string | null {
  const type = header?.trim();
  const known =
    type !== undefined && /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+([ \t]*;[\x20-\x7e]*)?$/.test(type);
  if (!known || type.length > 255 || /^application\/(x-)?octet-stream\b/i.test(type)) return null;
  return type;
}
