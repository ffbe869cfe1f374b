/** Uploads as the native API shows them: with what their annexes hold, and who they are of and how fast they come where that is asked for. */
import type { FastifyReply } from "fastify";
import type { PeopleStore } from "../../core/accounts/people-store.ts";
import type { DriveAccess } from "../../core/drive/access.ts";
import type { FileStore } from "../../core/drive/file-store.ts";
import { missingParts } from "../../core/uploads/ranges.ts";
import type { UploadSpeed, UploadSpeeds } from "../../core/uploads/speed.ts";
import type { UploadStore } from "../../core/uploads/upload-store.ts";
import { isOpen, withAnnex, type Upload } from "../../core/uploads/upload.ts";
import { findPublished } from "../shared/published.ts";
import { formatUpload } from "./codec.ts";

export interface UploadViewDependencies {
  readonly uploads: UploadStore;
  readonly files: FileStore;
  readonly access: DriveAccess;
}

export interface UploadTaskViewDependencies extends UploadViewDependencies {
  readonly people: PeopleStore;
  readonly speeds: UploadSpeeds;
}

/** One upload: what is missing while it is open, the file once it is complete. */
export async function describeUpload(
  dependencies: UploadViewDependencies,
  upload: Upload,
): Promise<ReturnType<typeof formatUpload>> {
  const { uploads } = dependencies;
  if (upload.fileId !== null) {
    const file = await findPublished(dependencies, upload);
    return formatUpload(upload, file ? { file } : {});
  }
  if (!isOpen(upload)) return formatUpload(upload);
  const whole = withAnnex(upload, (await uploads.annexes([upload.id])).get(upload.id));
  if (upload.size === null) return formatUpload(whole);
  const held = await uploads.ranges(upload.id);
  return formatUpload(whole, {
    missing: missingParts(held, { size: upload.size, partSize: upload.partSize }),
  });
}

/** One upload for who manages it. */
export async function describeTask(dependencies: UploadTaskViewDependencies, upload: Upload) {
  const [shown, [found]] = await Promise.all([
    describeUpload(dependencies, upload),
    findAbout(dependencies, [upload]),
  ]);
  return { ...shown, ...found?.about };
}

export async function listTasks(
  dependencies: UploadTaskViewDependencies,
  items: readonly Upload[],
) {
  const found = await findAbout(dependencies, items);
  return found.map(({ upload, annex, about }) => ({
    ...formatUpload(withAnnex(upload, annex)),
    ...about,
  }));
}

interface Found {
  readonly upload: Upload;
  readonly annex: Upload | undefined;
  readonly about: {
    readonly owner: { readonly id: string; readonly name: string };
    readonly live?: UploadSpeed;
  };
}

async function findAbout(
  { people, speeds, uploads }: UploadTaskViewDependencies,
  items: readonly Upload[],
): Promise<Found[]> {
  const names = await people.findNames(items.map(({ ownerId }) => ownerId));
  const annexes = await uploads.annexes(items.filter(isOpen).map(({ id }) => id));
  return items.map((upload) => {
    const { id, ownerId } = upload;
    const annex = annexes.get(id);
    const owner = { id: ownerId, name: names.get(ownerId) ?? "" };
    if (!isOpen(upload)) return { upload, annex, about: { owner } };
    const live = sum(speeds.of(id), annex && speeds.of(annex.id));
    return { upload, annex, about: { owner, live } };
  });
}

function sum(one: UploadSpeed, other: UploadSpeed | undefined): UploadSpeed {
  if (!other) return one;
  const isKnown = one.bytesPerSecond !== null || other.bytesPerSecond !== null;
  return {
    senders: one.senders + other.senders,
    bytesPerSecond: isKnown ? (one.bytesPerSecond ?? 0) + (other.bytesPerSecond ?? 0) : null,
  };
}

export function setOffsetHeaders(reply: FastifyReply, upload: Upload): void {
  void reply.headers({
    "upload-offset": upload.offset,
    "upload-complete": upload.state === "complete" ? "?1" : "?0",
    "cache-control": "no-store",
    ...(upload.size === null ? {} : { "upload-length": upload.size }),
  });
}
