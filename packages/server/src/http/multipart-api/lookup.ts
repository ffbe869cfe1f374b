/** The upload that a call names, and what is held of it. */
import { CoreError } from "../../core/errors.ts";
import type { Upload } from "../../core/uploads/upload.ts";
import type { FamilyDependencies } from "../shared/chunks/family.ts";
import { findOwnUpload } from "../shared/uploads.ts";
import type { Holdings } from "./parts.ts";

export const dialect = "multipart-api";

export type SizedUpload = Upload & { size: number };

/** Parts are counted in a file of known size; an upload without one is begun and ended in another dialect. */
export async function findSized(
  { uploads }: Pick<FamilyDependencies, "uploads">,
  wanted: { id: string; ownerId: string },
): Promise<SizedUpload> {
  const upload = await findOwnUpload(uploads, wanted);
  if (upload.size === null || upload.purpose !== "file")
    throw new CoreError("upload-not-found", { id: wanted.id });
  return { ...upload, size: upload.size };
}

export async function findHoldings(
  { uploads }: Pick<FamilyDependencies, "uploads">,
  main: SizedUpload,
): Promise<Holdings> {
  const annex = (await uploads.annexes([main.id])).get(main.id);
  return {
    main,
    mainHeld: await uploads.ranges(main.id),
    annex,
    annexHeld: annex ? await uploads.ranges(annex.id) : [],
  };
}
