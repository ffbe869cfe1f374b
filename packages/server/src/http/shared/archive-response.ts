/** Sends an archive, by the same rules as a file. */
import type { FastifyReply, FastifyRequest } from "fastify";
import type { OpenedArchive } from "../../core/archive/open-archive.ts";
import { sendRepresentation } from "./representation.ts";

export function sendArchive(
  exchange: { request: FastifyRequest; reply: FastifyReply },
  { name, plan, read }: Omit<OpenedArchive, "ownerId">,
  begin?: () => Promise<void>,
): Promise<FastifyReply | void> {
  return sendRepresentation(exchange, {
    id: name,
    name,
    mediaType: "application/zip",
    size: plan.size,
    // No date: one that is deleted changes the archive and leaves no newer date behind.
    validators: { etag: plan.etag, modifiedAt: null },
    disposition: "attachment",
    begin,
    read: (range, signal) => read({ ...range, signal }),
  });
}
