/** `POST /file/upload`: a form with one file, in the field `file`. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { CoreError } from "../../core/errors.ts";
import { accountOf } from "../shared/authenticate.ts";
import { signIn } from "../shared/credentials.ts";
import { mergeFields, readQuery } from "../shared/fields.ts";
import { openForm } from "../shared/form-data/form.ts";
import { mediaTypeOf } from "../shared/media-type.ts";
import { succeed } from "../shared/numbered-envelope.ts";
import { smallFileBytes, storeWholeFile } from "../shared/whole-file.ts";
import type { DriveDependencies } from "./dependencies.ts";
import { describeFile } from "./describe.ts";

/** Credentials in the query are looked at before the body is; in the form they must stand before the file. */
export async function uploadFile(
  dependencies: DriveDependencies,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<object> {
  const query = readQuery(request);
  const isEarly = query.has("token") || request.headers.authorization !== undefined;
  if (isEarly) await signIn(dependencies, { request, reply, fields: query });
  const isFile = ({ name }: { name: string }): boolean => name === "file";
  using form = openForm(request.raw, { body: dependencies.body, isFile });
  const head = await form.findFile();
  if (!isEarly) {
    const fields = mergeFields(query, form.fields);
    await signIn(dependencies, { request, reply, fields });
  }
  if (!head) throw new CoreError("invalid-request", { field: "file", reason: "missing" });
  const name = lastSegment(head.filename ?? "");
  const ownerId = accountOf(request).id;
  const length = Number(request.headers["content-length"] ?? Number.NaN);
  const stored = await dependencies.admission.chunk(request, () =>
    storeWholeFile(dependencies, {
      request,
      ownerId,
      dialect: "drive-api",
      parentId: ownerId,
      name,
      mediaType: mediaTypeOf(head.mediaType, name),
      claimed: {},
      onConflict: "keep-distinct",
      source: form.fileSource(),
      isSmall: length <= smallFileBytes,
    }),
  );
  const digests = await dependencies.addChecksums(stored);
  return succeed(describeFile({ ...stored, digests }));
}

/** Some browsers say where the file was on the disk of whoever sends it. */
function lastSegment(filename: string): string {
  return filename.slice(Math.max(filename.lastIndexOf("/"), filename.lastIndexOf("\\")) + 1);
}
