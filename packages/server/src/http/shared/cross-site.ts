/**
 * Requests that another site's page makes with our visitor's cookies. Browsers say where a request comes from, and pages cannot change it:
 * `Sec-Fetch-Site`, or, in older browsers, `Origin`. What sends neither is no browser, and carries cookies on purpose.
 */
import type { FastifyRequest } from "fastify";
import { CoreError } from "../../core/errors.ts";

const safeMethods = new Set(["GET", "HEAD", "OPTIONS"]);

/** Throws `cross-site`. */
export function refuseCrossSite(
  { method, headers }: FastifyRequest,
  { publicOrigin }: { publicOrigin?: string | undefined } = {},
): void {
  // A method may be another than it says, where a dialect lets a header name it.
  const isOther = headers["x-http-method-override"] !== undefined;
  if (safeMethods.has(method) && !isOther) return;
  const site = headers["sec-fetch-site"];
  if (site === "same-origin" || site === "none") return;
  if (site === undefined) {
    const { origin, host } = headers;
    if (origin === undefined) return;
    if (origin === publicOrigin || URL.parse(origin)?.host === host) return;
  }
  throw new CoreError("cross-site", {});
}
