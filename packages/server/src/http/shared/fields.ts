/** Fields of a call, wherever its client put them: query, urlencoded form, multipart form or JSON. Given twice and differently, they are refused. */
import type { FastifyRequest } from "fastify";
import { CoreError } from "../../core/errors.ts";
import { createBodySource, type BodyOptions } from "./body-source.ts";
import { collectBody } from "./collect.ts";
import { isFormData } from "./form-data/boundary.ts";
import { readForm } from "./form-data/form.ts";
import { parseJson } from "./json-body.ts";

const maxBodyBytes = 64 * 1024;

export type Fields = ReadonlyMap<string, string>;

export function readQuery(request: FastifyRequest): Fields {
  const { url = "" } = request.raw;
  const start = url.indexOf("?");
  return start === -1 ? new Map() : fromPairs(new URLSearchParams(url.slice(start + 1)));
}

/** `limitBytes` is of a body that is no multipart form: those have limits of their own. */
export async function readFields(
  request: FastifyRequest,
  { body, limitBytes = maxBodyBytes }: { body: BodyOptions; limitBytes?: number },
): Promise<Fields> {
  const query = readQuery(request);
  const { raw } = request;
  const hasBody =
    raw.headers["transfer-encoding"] !== undefined ||
    Number(raw.headers["content-length"] ?? 0) > 0;
  return hasBody ? mergeFields(query, await readBody(request, { body, limitBytes })) : query;
}

async function readBody(
  { raw }: FastifyRequest,
  { body, limitBytes }: { body: BodyOptions; limitBytes: number },
): Promise<Fields> {
  const type = raw.headers["content-type"] ?? "";
  if (isFormData(type)) return readForm(raw, body);
  const bytes = await collectBody(createBodySource(raw, body), limitBytes);
  if (/^[ \t]*application\/(json|[^;]*\+json)/i.test(type) || bytes[0] === 0x7b)
    return fromJson(bytes);
  return fromPairs(new URLSearchParams(decode(bytes)));
}

function fromPairs(pairs: Iterable<[string, string]>): Fields {
  const fields = new Map<string, string>();
  for (const [name, value] of pairs) {
    // What a percent-encoding that is not UTF-8 decodes to.
    if (value.includes("\ufffd")) refuse(name, "not UTF-8");
    if (fields.has(name) && fields.get(name) !== value) refuse(name, "given more than once");
    fields.set(name, value);
  }
  return fields;
}

function fromJson(bytes: Uint8Array): Fields {
  const json = parseJson(bytes);
  if (typeof json !== "object" || json === null || Array.isArray(json))
    return refuse("body", "not an object");
  const fields = new Map<string, string>();
  for (const [name, value] of Object.entries(json)) {
    if (typeof value === "string" || typeof value === "number") fields.set(name, String(value));
  }
  return fields;
}

export function mergeFields(a: Fields, b: Fields): Fields {
  return fromPairs([...a, ...b]);
}

function decode(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}

/** One of several spellings of a field; throws when two of them disagree. */
export function pick(fields: Fields, names: readonly string[]): string | undefined {
  const [first] = names;
  const values = new Set(
    names.map((name) => fields.get(name)).filter((value) => value !== undefined && value !== ""),
  );
  if (values.size > 1) return refuse(first ?? "", "given more than once, and differently");
  return [...values][0];
}

export function need(fields: Fields, names: readonly string[]): string {
  return pick(fields, names) ?? refuse(names[0] ?? "", "missing");
}

function refuse(field: string, reason: string): never {
  throw new CoreError("invalid-request", { field: field.slice(0, 60), reason });
}
