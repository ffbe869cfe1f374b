/** POST on the collection: an upload, perhaps with its first bytes, or the file that finished partials make. */
import type { Upload } from "../../core/uploads/upload.ts";
import { actorOf } from "../shared/actor.ts";
import { accountOf } from "../shared/authenticate.ts";
import { single } from "../shared/headers.ts";
import { assertIdentityCoding } from "../shared/uploads.ts";
import { parseChecksum, type Checksum } from "./checksum.ts";
import { concatenate } from "./concatenate.ts";
import type { TusDependencies } from "./dependencies.ts";
import { formatEcho, locationOf, setProgress } from "./describe.ts";
import type { Exchange } from "./exchange.ts";
import { generatedName } from "./generated-name.ts";
import { assertBodyType, hasBody, parseConcat, parseLengthOrDefer } from "./headers.ts";
import { openTarget } from "../shared/target.ts";
import { readMetadata } from "./metadata.ts";
import { receiveBody } from "./receive.ts";

export async function postUpload(dependencies: TusDependencies, exchange: Exchange) {
  const { request, reply } = exchange;
  const { headers } = request.raw;
  const concat = parseConcat(headers);
  const upload =
    concat.kind === "final"
      ? await concatenate(dependencies, { request, concat })
      : await begin(dependencies, { exchange, isPartial: concat.kind === "partial" });
  setProgress(reply, upload);
  reply.header("location", locationOf(upload)).header("cache-control", "no-store");
  return reply.code(201).send();
}

async function begin(
  dependencies: TusDependencies,
  { exchange, isPartial }: { exchange: Exchange; isPartial: boolean },
): Promise<Upload> {
  const { request } = exchange;
  const { headers } = request.raw;
  const size = parseLengthOrDefer(headers);
  const header = single(headers["upload-metadata"], "Upload-Metadata");
  const { name, parentId, folders, mediaType, onConflict } = readMetadata(header);
  const checksum = parseChecksum(headers);
  if (hasBody(request.raw)) {
    assertBodyType(headers);
    assertIdentityCoding(request.raw);
  }
  const { upload } = await dependencies.createUpload({
    ownerId: accountOf(request).id,
    actor: actorOf(request),
    dialect: "tus",
    // A partial goes nowhere: its final upload says where.
    ...(isPartial
      ? {}
      : { parentId: await openTarget(dependencies.access, { request, id: parentId }), folders }),
    purpose: isPartial ? "partial" : "file",
    name: name ?? generatedName(dependencies.clock.now()),
    size,
    mediaType,
    metadata: formatEcho(header === undefined ? {} : { "Upload-Metadata": header }),
    onConflict,
    autoComplete: true,
  });
  return takeFirstBytes(dependencies, { exchange, upload, checksum });
}

/** Until it is answered, the client does not know the upload's URL: one whose first bytes are refused is of use to nobody. */
async function takeFirstBytes(
  dependencies: TusDependencies,
  {
    exchange,
    upload,
    checksum,
  }: { exchange: Exchange; upload: Upload; checksum: Checksum | undefined },
): Promise<Upload> {
  const { raw, log } = exchange.request;
  const actor = actorOf(exchange.request);
  const { completeUpload, lifecycle } = dependencies;
  try {
    if (hasBody(raw))
      return await receiveBody(dependencies, { upload, offset: 0, checksum, raw, actor });
    return upload.size === 0 ? await completeUpload({ id: upload.id, actor }) : upload;
  } catch (error) {
    // The refusal is the answer; what could not be tidied up expires.
    await lifecycle.abort(upload.id, actor).catch((failure: unknown) => {
      log.warn({ err: failure, uploadId: upload.id }, "a refused upload could not be aborted");
    });
    throw error;
  }
}
