/** The facts of uploads and of the files that they make, one helper each. */
import type { Actor, BusinessEvent, EventKind } from "../events.ts";
import type { Upload } from "../uploads/upload.ts";

interface Occasion {
  readonly actor: Actor;
  readonly at: number;
}

export function uploadCreated(upload: Upload, occasion: Occasion): BusinessEvent {
  const { size, dialect, purpose } = upload;
  return about(upload, { ...occasion, kind: "upload.created", data: { size, dialect, purpose } });
}

/** `name` is the file's, which `keep-both` may have numbered; `fileId` is null for a partial; `instant`: its bytes were here. */
export function uploadCompleted(
  upload: Upload,
  {
    placed,
    instant = false,
    ...occasion
  }: Occasion & {
    placed: { parentId: string; name: string; replaced: boolean } | null;
    instant?: boolean;
  },
): BusinessEvent {
  const { size, fileId, name } = upload;
  return about(upload, {
    ...occasion,
    kind: "upload.completed",
    data: {
      ...(placed && { parentId: placed.parentId }),
      name: placed?.name ?? name,
      size,
      fileId,
      replaced: placed?.replaced ?? false,
      ...(instant && { instant }),
    },
  });
}

/** Records of ended uploads that somebody cleared away; nothing else is gone. */
export function uploadsForgotten({
  accountId,
  count,
  actor,
  at,
}: Occasion & { accountId: string; count: number }): BusinessEvent {
  return { kind: "uploads.forgotten", accountId, actor, subjectId: null, data: { count }, at };
}

/** What a change of state reports; undefined for those that are steps of another fact (declaring a size, verifying). */
export function uploadMoved(
  upload: Upload,
  { from, ...occasion }: Occasion & { from: Upload["state"] },
): BusinessEvent | undefined {
  const kind = kindOfMove({ from, to: upload.state });
  if (kind === undefined) return undefined;
  const { failure, receivedBytes } = upload;
  const data = kind === "upload.failed" ? { reason: failure } : { receivedBytes };
  return about(upload, { ...occasion, kind, data });
}

function kindOfMove({ from, to }: Record<"from" | "to", Upload["state"]>): EventKind | undefined {
  switch (to) {
    case "paused":
      return "upload.paused";
    case "receiving":
      return from === "paused" ? "upload.resumed" : undefined;
    case "aborted":
      return "upload.aborted";
    case "expired":
      return "upload.expired";
    case "failed":
      return "upload.failed";
    case "completing":
    case "complete":
      return undefined;
  }
}

function about(
  { id, ownerId, name }: Upload,
  { kind, actor, at, data }: Occasion & Pick<BusinessEvent, "kind" | "data">,
): BusinessEvent {
  return { kind, accountId: ownerId, actor, subjectId: id, data: { name, ...data }, at };
}

export interface FileFact {
  readonly id: string;
  readonly ownerId: string;
  readonly parentId: string;
  readonly name: string;
  readonly size: number;
}

/** A file that came whole, without an upload that anybody saw: the lane of small files. */
export function fileStored(
  { id, ownerId, parentId, name, size }: FileFact,
  { actor, at, replaced }: Occasion & { replaced: boolean },
): BusinessEvent {
  const data = { parentId, name, size, replaced };
  return { kind: "file.stored", accountId: ownerId, actor, subjectId: id, data, at };
}

export function fileRemoved(
  { id, ownerId, parentId, name, size }: FileFact,
  { actor, at }: Occasion,
): BusinessEvent {
  const data = { parentId, name, size };
  return { kind: "file.removed", accountId: ownerId, actor, subjectId: id, data, at };
}
