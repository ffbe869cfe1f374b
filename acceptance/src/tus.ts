/** tus by hand: each call is one request, and every header of it can be replaced or left out. */
import { open, send, type Answer, type OpenRequest } from "./http.ts";
import type { Target } from "./server.ts";

export type HeaderChanges = Readonly<Record<string, string | undefined>>;

export const bodyType = "application/offset+octet-stream";

export interface Tus {
  /** One request with Tus-Resumable. */
  call(
    method: string,
    path: string,
    options?: { headers?: HeaderChanges; body?: Uint8Array | string; token?: string | null },
  ): Promise<Answer>;
  /** POST without a body. */
  create(headers: HeaderChanges): Promise<Answer>;
  /** POST that must succeed; the upload's path. */
  created(headers: HeaderChanges): Promise<string>;
  head(path: string): Promise<Answer>;
  patch(
    path: string,
    body: { offset: number; bytes: Uint8Array | string; headers?: HeaderChanges },
  ): Promise<Answer>;
  /** A PATCH whose body is still to be written. */
  openPatch(
    path: string,
    body: { offset: number; length?: number; headers?: HeaderChanges },
  ): OpenRequest;
}

export function speakTus(target: Target): Tus {
  const call: Tus["call"] = (method, path, { headers = {}, body, token } = {}) =>
    send(target, {
      method,
      path,
      headers: defined({ "tus-resumable": "1.0.0", ...headers }),
      ...(body === undefined ? {} : { body }),
      ...(token === undefined ? {} : { token }),
    });
  const create: Tus["create"] = (headers) => call("POST", "/files/", { headers });
  return {
    call,
    create,
    async created(headers) {
      const answer = await create(headers);
      if (answer.status !== 201) throw new Error(`POST answered ${answer.status}: ${answer.text}`);
      return locationOf(answer);
    },
    head: (path) => call("HEAD", path),
    patch: (path, { offset, bytes, headers = {} }) =>
      call("PATCH", path, {
        headers: { "content-type": bodyType, "upload-offset": String(offset), ...headers },
        body: bytes,
      }),
    openPatch: (path, { offset, length, headers = {} }) =>
      open(target, {
        method: "PATCH",
        path,
        headers: defined({
          "tus-resumable": "1.0.0",
          "content-type": bodyType,
          "upload-offset": String(offset),
          "content-length": length === undefined ? undefined : String(length),
          ...headers,
        }),
      }),
  };
}

export function locationOf({ headers }: Answer): string {
  const { location } = headers;
  if (location === undefined) throw new Error("the answer has no Location");
  return location;
}

/** `Upload-Metadata` of these pairs. */
export function metadataOf(pairs: Readonly<Record<string, string | Uint8Array>>): string {
  return Object.entries(pairs)
    .map(([key, value]) => `${key} ${Buffer.from(value).toString("base64")}`)
    .join(",");
}

function defined(headers: HeaderChanges): Record<string, string> {
  const present = Object.entries(headers).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present) as Record<string, string>;
}
