/** `POST /file/mpupload/complete`: the parts in the order of their numbers, under a name. */
import { parseName } from "../../core/drive/name.ts";
import type { Actor } from "../../core/events.ts";
import { CoreError, isCoreError } from "../../core/errors.ts";
import { assertReceiving, type Upload } from "../../core/uploads/upload.ts";
import { parseBytes } from "../shared/headers.ts";
import { parseHexDigest } from "../shared/chunks/parse-digest.ts";
import { need, type Fields } from "../shared/fields.ts";
import { findPublished } from "../shared/published.ts";
import type { PartsDependencies } from "./dependencies.ts";
import { findHoldings, findSized, type SizedUpload } from "./lookup.ts";
import { findParts } from "./parts.ts";

export interface CompleteData {
  readonly FileHash: string;
  readonly FileName: string;
  readonly FileSize: number;
  readonly Location: string;
}

export async function completeParts(
  dependencies: PartsDependencies,
  { ownerId, actor, fields }: { ownerId: string; actor: Actor; fields: Fields },
): Promise<CompleteData> {
  const { files, access, finishTask, tasks, clock } = dependencies;
  const id = need(fields, ["uploadid"]);
  const name = parseName(need(fields, ["filename"]));
  const hash = need(fields, ["filehash"]).toLowerCase();
  const claimed = parseHexDigest(hash, "filehash");
  const main = await findSized(dependencies, { id, ownerId });
  const size = parseBytes(need(fields, ["filesize"]), "filesize");
  if (size !== main.size)
    throw new CoreError("invalid-request", {
      field: "filesize",
      reason: `declared before as ${main.size}`,
    });
  const prepare = async (upload: Upload): Promise<Upload> => {
    // Another completion is on its way: its outcome is ours.
    if (upload.state === "completing") return upload;
    assertReceiving(upload);
    if (upload.name === name) return upload;
    return tasks.rename({ uploadId: id, name, now: clock.now() });
  };
  const complete = async (): Promise<Upload> => {
    try {
      return await finishTask({ id, ownerId, actor, claimed, prepare, otherwise: assembleIfWhole });
    } catch (error) {
      if (!isCoreError(error, "upload-incomplete")) throw error;
      const { missing } = findParts(await findHoldings(dependencies, main));
      throw new CoreError("upload-incomplete", { ...error.facts, missing: [...missing] });
    }
  };
  /** Undefined where the upload's own bytes are the file, or nothing is. */
  const assembleIfWhole = async (upload: Upload): Promise<Upload | undefined> => {
    if (upload.state !== "receiving") return undefined;
    const sized: SizedUpload = { ...main, ...upload, size };
    const holdings = await findHoldings(dependencies, sized);
    if (!holdings.annex || holdings.annexHeld.length === 0) return undefined;
    const { pieces, missing } = findParts(holdings);
    const receivedBytes = pieces.reduce((sum, { length }) => sum + length, 0);
    if (missing.length > 0 || receivedBytes !== size)
      throw new CoreError("upload-incomplete", {
        missing: [...missing],
        receivedBytes,
        sizeBytes: size,
      });
    return dependencies.assembleUpload({ id, annexId: holdings.annex.id, pieces, claimed, actor });
  };
  const file = await findPublished({ files, access }, await complete());
  if (!file) throw new CoreError("file-not-found", { id });
  const Location = `/api/v1/files/${file.id}/content`;
  return { FileHash: hash, FileName: file.name, FileSize: file.size, Location };
}
