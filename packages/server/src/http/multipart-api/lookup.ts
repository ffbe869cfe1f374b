/** The upload that a call names, and what is held of it. */
import { CoreError } from "../../core/errors.ts";
import type { Upload } from "../../core/uploads/upload.ts";
import type { FamilyDependencies } from "../shared/chunks/family.ts";
import { findOwnUpload } from "../shared/uploads.ts";
import type { Holdings } from "./parts.ts";

export const dialect = "multipart-api";
/** The key is the id of the upload that it is beside. */
export const annexDialect = "multipart-annex";

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
  { uploads, tasks }: Pick<FamilyDependencies, "uploads" | "tasks">,
  main: SizedUpload,
): Promise<Holdings> {
  const key = { ownerId: main.ownerId, dialect: annexDialect, key: main.id };
  const task = await tasks.findByKey(key);
  const annex = task && (await uploads.find(task.uploadId));
  const isOpen = annex?.state === "receiving";
  return {
    main,
    mainHeld: await uploads.ranges(main.id),
    annex: isOpen ? annex : undefined,
    annexHeld: isOpen ? await uploads.ranges(annex.id) : [],
  };
}
