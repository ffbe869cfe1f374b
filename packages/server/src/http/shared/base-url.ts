/** Where this server is, as whoever asks sees it: for links that leave it. */
import type { FastifyRequest } from "fastify";
import { CoreError } from "../../core/errors.ts";
import { isByTls } from "./client-address.ts";

/** RFC 9110 §7.2 `uri-host [":" port]`: a name or an address. Nothing that would end the host of a link and begin something else. */
const HOST = /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?$/;

/** The setting; without it, what the request's `Host` says. Throws `invalid-request` for one that is no host. */
export function baseUrlOf(request: FastifyRequest, publicUrl: string | undefined): string {
  if (publicUrl !== undefined) return publicUrl;
  const { host = "" } = request.headers;
  const url = `${isByTls(request) ? "https" : "http"}://${host}`;
  if (!HOST.test(host) || !URL.canParse(url))
    throw new CoreError("invalid-request", { field: "Host", reason: "not a host" });
  return url;
}
