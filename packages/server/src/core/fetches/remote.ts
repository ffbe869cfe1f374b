/** The port to other people's servers. */
import { CoreError } from "../errors.ts";
import type { ByteSource } from "../uploads/byte-source.ts";
import type { FetchFailureCode } from "./fetch.ts";

/** What a remote answered, its body not yet read. */
export interface RemoteContent extends AsyncDisposable {
  /** Where in the content the body begins: 0, or the offset that was asked for. */
  readonly start: number;
  /** Bytes of the whole content; null while nobody knows. */
  readonly size: number | null;
  readonly validator: string | null;
  readonly mediaType: string | null;
  /** Names that the remote suggests, best first; anything may stand in them. */
  readonly names: readonly string[];
  readonly source: ByteSource;
}

export interface Remote {
  /** Whether the host is an address that is never connected to. A name may still prove to be one when it is resolved. */
  refuses(url: URL): boolean;
  /**
   * Asks for the content, from `resume` on where the remote still has the same one, else from its start. Connects to no address but
   * those that are allowed, at every hop. Throws `RemoteFailure`. Dispose of the result to close the connection.
   */
  open(request: {
    url: URL;
    resume: { offset: number; validator: string } | null;
    signal: AbortSignal;
  }): Promise<RemoteContent>;
}

export class RemoteFailure extends Error {
  override readonly name = "RemoteFailure";
  readonly code: FetchFailureCode;
  /** Whether it may be otherwise another time. */
  readonly mayPass: boolean;
  /** The remote asked to be left alone for so long. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: FetchFailureCode,
    {
      detail,
      mayPass = false,
      retryAfterMs,
      cause,
    }: { detail: string; mayPass?: boolean; retryAfterMs?: number | undefined; cause?: unknown },
  ) {
    super(detail, { cause });
    this.code = code;
    this.mayPass = mayPass;
    this.retryAfterMs = retryAfterMs;
  }
}

const maxUrlLength = 8_192;

/** An http(s) URL without credentials, and without its fragment. Throws `url-refused`. */
export function parseRemoteUrl(text: string): URL {
  const url = text.length <= maxUrlLength && URL.canParse(text) ? new URL(text) : undefined;
  if (!url) throw new CoreError("url-refused", { reason: "not a URL" });
  if (url.protocol !== "http:" && url.protocol !== "https:")
    throw new CoreError("url-refused", { reason: "not http or https" });
  if (url.username !== "" || url.password !== "")
    throw new CoreError("url-refused", { reason: "has credentials" });
  if (!isWebPort(url.port)) throw new CoreError("url-refused", { reason: "not a port of the web" });
  if (url.hostname === "") throw new CoreError("url-refused", { reason: "has no host" });
  url.hash = "";
  return url;
}

/** Of protocols above 1023 that would take a request of ours for a command (WHATWG Fetch, "bad port"). */
const otherProtocols = new Set([
  1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669,
  6679, 6697, 10_080,
]);

/** Mail, shells and the like listen below 1024; the web does on two of those. */
function isWebPort(text: string): boolean {
  const port = Number(text);
  return text === "" || port === 80 || port === 443 || (port > 1023 && !otherProtocols.has(port));
}
