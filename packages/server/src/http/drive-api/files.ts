/** What one does with files that are there, by the hash of what is in them. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { isCoreError, CoreError } from "../../core/errors.ts";
import type { FileEntry } from "../../core/drive/file-store.ts";
import { parseName } from "../../core/drive/name.ts";
import { actorOf } from "../shared/actor.ts";
import { parseHexDigest } from "../shared/chunks/parse-digest.ts";
import { sendContent } from "../shared/content-response.ts";
import { need, pick, type Fields } from "../shared/fields.ts";
import { parseBytes } from "../shared/headers.ts";
import { mediaTypeOf } from "../shared/media-type.ts";
import { memberOf } from "../shared/member.ts";
import { succeed } from "../shared/numbered-envelope.ts";
import type { DriveDependencies } from "./dependencies.ts";
import { describeFile } from "./describe.ts";

export interface DriveCall {
  readonly ownerId: string;
  readonly fields: Fields;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

const usualLimit = 100;
const maxLimit = 1_000;

/** Newest first, and a bare array: that is what this family's pages iterate over. */
export async function listFiles(
  { nodes }: DriveDependencies,
  { ownerId, fields }: DriveCall,
): Promise<object> {
  const asked = pick(fields, ["limit"]);
  const limit = asked === undefined ? usualLimit : parseBytes(asked, "limit");
  if (limit === 0) return [];
  const { items } = await nodes.recent({ ownerId, limit: Math.min(limit, maxLimit) });
  return items.flatMap((node) => (node.kind === "file" ? [describeFile(node)] : []));
}

/** Beside the envelope's `data` the facts stand at the top level: clients of either reading exist. */
export async function showFile(dependencies: DriveDependencies, call: DriveCall): Promise<object> {
  const file = describeFile(await findFile(dependencies, call));
  return { ...file, ...succeed(file) };
}

export async function downloadFile(
  dependencies: DriveDependencies,
  call: DriveCall,
): Promise<unknown> {
  const file = await findFile(dependencies, call);
  const { readContent } = dependencies;
  const path = `/file/download?${queryOf(call, file)}`;
  return sendContent(call, { file, readContent, inline: false, isPostRead: true, path });
}

/** Where to get the bytes, for a page that follows the link: with the credentials that it asked with. */
export async function linkDownload(
  dependencies: DriveDependencies,
  call: DriveCall,
): Promise<unknown> {
  const query = queryOf(call, await findFile(dependencies, call));
  for (const name of ["username", "token"]) {
    const value = call.fields.get(name);
    if (value !== undefined) query.set(name, value);
  }
  void call.reply.headers({
    "content-type": "text/plain; charset=utf-8",
    "cache-control": "no-store",
  });
  return call.reply.send(`${dependencies.baseUrl(call.request)}/file/download?${query}`);
}

/** What names this file in a query. */
function queryOf({ fields }: DriveCall, file: FileEntry): URLSearchParams {
  const name = fields.get("filename");
  return new URLSearchParams({
    filehash: describeFile(file).FileHash,
    ...(name === undefined ? {} : { filename: name }),
  });
}

export async function renameFile(
  dependencies: DriveDependencies,
  call: DriveCall,
): Promise<object> {
  const { fields, request } = call;
  if (need(fields, ["op"]) !== "0")
    throw new CoreError("invalid-request", { field: "op", reason: "0 (rename) is all there is" });
  const name = parseName(need(fields, ["filename"]));
  const { id } = await findByHash(dependencies, call);
  await dependencies.changeTree.move(memberOf(request), { ids: [id], name });
  const renamed = await dependencies.files.find(id);
  if (!renamed) throw new CoreError("file-not-found", { id });
  return succeed(describeFile(renamed));
}

/** To the trash, from which the native API can bring it back. */
export async function deleteFile(
  dependencies: DriveDependencies,
  call: DriveCall,
): Promise<object> {
  const { id } = await findFile(dependencies, call);
  try {
    await dependencies.changeTree.trash(memberOf(call.request), [id]);
  } catch (error) {
    // Whoever was faster has done it: then there is no such file, here as everywhere.
    if (!isCoreError(error, "node-not-found")) throw error;
    throw new CoreError("file-not-found", { id }, { cause: error });
  }
  return succeed(null);
}

/** What this family answers where the bytes are needed: no refusal, the client goes on with an ordinary upload. */
const unknownContent = { code: -1, msg: "not found: use ordinary upload", data: null };

/** Own content under one more name. What others have is answered as what nobody has. */
export async function linkFile(
  { linkOwnContent }: DriveDependencies,
  { ownerId, fields, request }: DriveCall,
): Promise<object> {
  const digests = parseHexDigest(need(fields, ["filehash"]), "filehash");
  const name = parseName(need(fields, ["filename"]));
  const size = pick(fields, ["filesize"]);
  const file = await linkOwnContent({
    ownerId,
    name,
    mediaType: mediaTypeOf(undefined, name),
    digests,
    ...(size === undefined ? {} : { size: parseBytes(size, "filesize") }),
    onConflict: "keep-distinct",
    actor: actorOf(request),
  });
  return file ? succeed(describeFile(file)) : unknownContent;
}

/** Of several files with one content, `filename` says which; else it is the one that changed last. */
async function findFile(dependencies: DriveDependencies, call: DriveCall): Promise<FileEntry> {
  return findByHash(dependencies, call, pick(call.fields, ["filename"]));
}

async function findByHash(
  { files }: DriveDependencies,
  { ownerId, fields }: DriveCall,
  name?: string,
): Promise<FileEntry> {
  const hash = need(fields, ["filehash"]);
  const digests = parseHexDigest(hash, "filehash");
  const named = name === undefined ? {} : { name };
  const file = await files.findByDigests({ ownerId, digests, ...named });
  if (!file) throw new CoreError("file-not-found", { id: hash });
  return file;
}
