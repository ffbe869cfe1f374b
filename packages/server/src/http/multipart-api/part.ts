/**
 * `POST /file/mpupload/uppart`: one part, as the raw body. The published client says `multipart/form-data` of it, without a boundary: that is
 * no form. With a boundary it is one, and its one file is the part.
 */
import type { FastifyRequest } from "fastify";
import type { Actor } from "../../core/events.ts";
import { actorOf } from "../shared/actor.ts";
import { CoreError } from "../../core/errors.ts";
import { assertReceiving, type Upload } from "../../core/uploads/upload.ts";
import { createBodySource } from "../shared/body-source.ts";
import {
  receiveChunkForm,
  receiveRawChunk,
  type ChunkPlace,
  type FindPlace,
} from "../shared/chunks/chunk-form.ts";
import { parseIndex } from "../shared/chunks/parse-digest.ts";
import { need, type Fields } from "../shared/fields.ts";
import { findBoundary, isFormData } from "../shared/form-data/boundary.ts";
import type { PartsDependencies } from "./dependencies.ts";
import { dialect, findHoldings, findSized, type SizedUpload } from "./lookup.ts";
import { annexSlot, mainRange, type Holdings } from "./parts.ts";

/** A reader of short reads sends more parts than were foretold, but not without end. */
const maxNumber = 10_000;

export type ReceivePart = (call: {
  request: FastifyRequest;
  ownerId: string;
  fields: Fields;
}) => Promise<void>;

export function createReceivePart(dependencies: PartsDependencies): ReceivePart {
  const { chunkBodies, createUpload } = dependencies;

  /** Many parts at once need one annex, and get it. */
  const openAnnex = async (main: SizedUpload, actor: Actor): Promise<Upload> => {
    const { id: annexOf, ownerId, name, partSize } = main;
    const place = { ownerId, actor, dialect, name, partSize, purpose: "annex", annexOf } as const;
    return (await createUpload({ ...place, size: null })).upload;
  };

  /** Where a part of this length goes. */
  const place = async (
    { id, ownerId, actor, number }: { id: string; ownerId: string; actor: Actor; number: number },
    length: number,
  ): Promise<ChunkPlace> => {
    const main = await findSized(dependencies, { id, ownerId });
    assertReceiving(main);
    if (length > main.partSize) throw new CoreError("body-too-long", { limitBytes: main.partSize });
    const isSuspect = (await dependencies.tasks.find(id))?.isSuspect ?? false;
    const holdings = await findHoldings(dependencies, main);
    const regular = mainRange(main, number);
    if (regular && regular.end - regular.start === length) {
      if (isSuspect) await dropSlot(dependencies, { holdings, number, from: "annex" });
      else {
        assertFree(holdings.annexHeld, annexSlot(main, number));
        assertFits(holdings, { number, length });
      }
      return { upload: main, range: regular, claimed: {}, isSuspect };
    }
    if (length === 0 && main.size === 0)
      return { upload: main, range: { start: 0, end: 0 }, claimed: {}, isSuspect };
    if (length === 0) {
      const reason = "the part is empty";
      throw new CoreError("invalid-request", { field: "body", reason });
    }
    if (isSuspect) await dropSlot(dependencies, { holdings, number, from: "main" });
    else if (regular) assertFree(holdings.mainHeld, regular);
    const { start } = annexSlot(main, number);
    const upload = holdings.annex ?? (await openAnnex(main, actor));
    if (isSuspect) await dropSlot(dependencies, { holdings, number, from: "annex" });
    else {
      assertSameLength(holdings, { number, length });
      assertFits(holdings, { number, length });
    }
    return { upload, range: { start, end: start + length }, claimed: {}, isSuspect: false };
  };

  return async ({ request, ownerId, fields }) => {
    const id = need(fields, ["uploadid"]);
    const number = parseIndex(need(fields, ["index"]), "index");
    if (number < 1 || number > maxNumber)
      throw new CoreError("part-out-of-range", { number, parts: maxNumber });
    const part = { id, ownerId, actor: actorOf(request), number };
    // What can be refused is, before the body is asked for.
    assertReceiving(await findSized(dependencies, { id, ownerId }));
    const findPlace: FindPlace = ({ content }) =>
      content ? place(part, content.length) : Promise.resolve(undefined);
    const type = request.headers["content-type"];
    if (isFormData(type) && findBoundary(type) !== undefined) {
      const isFile = () => true;
      await receiveChunkForm(chunkBodies, { request, isFile, fileField: "file", findPlace });
      return;
    }
    const source = createBodySource(request.raw, chunkBodies.body);
    if (source.declaredLength === null) {
      await receiveRawChunk(chunkBodies, { source, findPlace });
      return;
    }
    await chunkBodies.receiveChunk({ ...(await place(part, source.declaredLength)), source });
  };
}

/** A part that came shorter or longer before is another part. */
function assertFree(
  held: Holdings["mainHeld"],
  { start, end }: { start: number; end: number },
): void {
  if (held.some((range) => range.start < end && start < range.end))
    throw new CoreError("part-conflict", { start, length: end - start });
}

function assertSameLength(
  { main, annexHeld }: Holdings,
  { number, length }: { number: number; length: number },
): void {
  const { start, end } = annexSlot(main, number);
  const held = annexHeld.find((range) => range.start <= start && start < range.end);
  if (held && Math.min(held.end, end) !== start + length)
    throw new CoreError("part-conflict", { start, length });
}

/** More bytes than the file has: no completion could ever make that file of them. */
function assertFits(
  { main, mainHeld, annexHeld }: Holdings,
  { number, length }: { number: number; length: number },
): void {
  const slot = annexSlot(main, number);
  const others = [...mainHeld, ...annexHeld]
    .flatMap(({ start, end }) => [
      { start, end: Math.min(end, slot.start) },
      { start: Math.max(start, slot.end), end },
    ])
    .reduce((sum, { start, end }) => sum + Math.max(0, end - start), 0);
  const limitBytes = main.size - others;
  if (length > limitBytes)
    throw new CoreError("body-too-long", { limitBytes: Math.max(0, limitBytes) });
}

async function dropSlot(
  { lifecycle }: Pick<PartsDependencies, "lifecycle">,
  { holdings, number, from }: { holdings: Holdings; number: number; from: "main" | "annex" },
): Promise<void> {
  const { main, annex, mainHeld, annexHeld } = holdings;
  const upload = from === "main" ? main : annex;
  const held = from === "main" ? mainHeld : annexHeld;
  const range = from === "main" ? mainRange(main, number) : annexSlot(main, number);
  if (!upload || !range) return;
  if (held.some(({ start, end }) => start < range.end && range.start < end))
    await lifecycle.dropRange(upload.id, range);
}
