/** The tasks of one user, whichever dialect began them: list, one, cancel, pause, resume, many at once, clean up. */
import { z } from "zod";
import type { Actor } from "../../core/events.ts";
import { CoreError } from "../../core/errors.ts";
import { withAnnex, type Upload, type UploadState } from "../../core/uploads/upload.ts";
import type { FamilyDependencies } from "../shared/chunks/family.ts";
import { answerRefusal } from "../shared/refusal-answer.ts";
import type { Fields } from "../shared/fields.ts";
import { describeTask, summarize } from "./describe.ts";
import { formatRefusal } from "./envelope.ts";
import { getTask } from "./find-task.ts";

const states = [
  "receiving",
  "paused",
  "completing",
  "complete",
  "aborted",
  "expired",
  "failed",
] as const satisfies UploadState[];

/** What others of this family call them. */
const aliases = new Map<string, readonly UploadState[]>([
  ["uploading", ["receiving"]],
  ["active", ["receiving", "paused", "completing"]],
  ["merging", ["completing"]],
  ["completed", ["complete"]],
  ["cancelled", ["aborted"]],
  ["canceled", ["aborted"]],
]);

const pageSchema = z.object({
  page: z.coerce.number().int().min(1).max(10_000).default(1),
  page_size: z.coerce.number().int().min(1).max(1000).optional(),
  limit: z.coerce.number().int().min(1).max(1000).optional(),
  cursor: z.string().max(200).optional(),
});

const batchSchema = z.object({
  action: z.enum(["pause", "resume", "cancel", "delete"]),
  file_ids: z.array(z.string().max(200)).min(1).max(1000),
});

function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue?.path.join(".") || "body";
  throw new CoreError("invalid-request", { field, reason: issue?.message ?? "not valid" });
}

export async function listTasks(
  { uploads, tasks }: FamilyDependencies,
  { ownerId, fields }: { ownerId: string; fields: Fields },
): Promise<object> {
  const asked = parse(pageSchema, Object.fromEntries(fields));
  const wanted = parseStates(fields.get("state") ?? fields.get("status"));
  const limit = asked.page_size ?? asked.limit ?? 50;
  let { cursor } = asked;
  let isPast = false;
  // Pages by number are walked to: an id or a time would be a better handle, and `next_cursor` is one.
  for (let page = 1; page < asked.page && !isPast; page++) {
    const { nextCursor } = await uploads.list({
      ownerId,
      states: wanted,
      limit,
      ...withCursor(cursor),
    });
    cursor = nextCursor ?? undefined;
    isPast = nextCursor === null;
  }
  const { items, nextCursor } = isPast
    ? { items: [], nextCursor: null }
    : await uploads.list({ ownerId, states: wanted, limit, ...withCursor(cursor) });
  const known = await tasks.findMany(items.map(({ id }) => id));
  const annexes = await uploads.annexes(items.map(({ id }) => id));
  const counts = await tasks.countByState(ownerId);
  return {
    tasks: items.map((upload) =>
      summarize(withAnnex(upload, annexes.get(upload.id)), known.get(upload.id)),
    ),
    total: wanted.reduce((sum, state) => sum + (counts[state] ?? 0), 0),
    page: asked.page,
    page_size: limit,
    next_cursor: nextCursor,
  };
}

const withCursor = (cursor: string | undefined) => (cursor === undefined ? {} : { cursor });

function parseStates(text: string | undefined): readonly UploadState[] {
  if (text === undefined || text === "" || text === "all") return states;
  const found = text.split(",").flatMap((name) => {
    const state = states.find((known) => known === name);
    return state ? [state] : (aliases.get(name) ?? []);
  });
  if (found.length === 0)
    throw new CoreError("invalid-request", {
      field: "state",
      reason: `not one of ${states.join(", ")}`,
    });
  return [...new Set(found)];
}

export type Action = "pause" | "resume" | "cancel";

/** Each may be asked for again. */
export async function actOnTask(
  dependencies: FamilyDependencies,
  {
    ownerId,
    actor,
    fileId,
    action,
  }: { ownerId: string; actor: Actor; fileId: string; action: Action },
): Promise<object> {
  const { upload, task } = await getTask(dependencies, { ownerId, fileId });
  const { lifecycle } = dependencies;
  if (action === "cancel") {
    const freed = isHeld(upload) ? upload.receivedBytes : 0;
    return { ...summarize(await lifecycle.abort(upload.id, actor), task), freed_bytes: freed };
  }
  return describeTask(dependencies, { upload: await lifecycle[action](upload.id, actor), task });
}

function isHeld({ state }: Upload): boolean {
  return state === "receiving" || state === "paused";
}

/** Every task has an outcome of its own. */
export async function actOnTasks(
  dependencies: FamilyDependencies,
  { ownerId, actor, body }: { ownerId: string; actor: Actor; body: unknown },
): Promise<object> {
  const { action, file_ids: fileIds } = parse(batchSchema, body);
  const results: object[] = [];
  for (const fileId of new Set(fileIds)) {
    try {
      const wanted = action === "delete" ? "cancel" : action;
      const data = await actOnTask(dependencies, { ownerId, actor, fileId, action: wanted });
      results.push({ file_id: fileId, code: 0, message: "ok", data });
    } catch (error) {
      const answer = answerRefusal(error);
      if (answer.status >= 500 && answer.status !== 507) throw error;
      results.push({ file_id: fileId, ...formatRefusal(answer) });
    }
  }
  return { results };
}

/** In one transaction; what is more goes with the next call, or in its own time. */
const maxRemoved = 1_000;

/** Ends what has expired, and forgets what had expired or failed. */
export async function cleanUp(
  { lifecycle, uploads, clock }: FamilyDependencies,
  { ownerId, actor }: { ownerId: string; actor: Actor },
): Promise<object> {
  await lifecycle.expire();
  const states = ["expired", "failed"] as const;
  const by = { actor, now: clock.now() };
  const removed = await uploads.forgetEnded({ ownerId, states, limit: maxRemoved, ...by });
  return {
    removed_count: removed.length,
    removed: removed.map(({ upload, key }) => ({
      file_id: key ?? upload.id,
      file_name: upload.name,
      state: upload.state,
    })),
  };
}
