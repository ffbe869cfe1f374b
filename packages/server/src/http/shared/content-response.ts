/** Sends a file's bytes: whole, one range or a few, with validators, digest and the headers that keep user content harmless. */
import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { create as contentDisposition } from "content-disposition";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { ReadContent } from "../../core/blobs/content.ts";
import type { FileEntry } from "../../core/drive/file-store.ts";
import { evaluatePreconditions, rangeApplies, type Validators } from "./conditionals.ts";
import { formatDigestHeader } from "./headers.ts";
import { plain, sendProblem } from "./problem.ts";
import { parseRange, type ByteRange } from "./ranges.ts";

/** Shown inline where asked for; everything else, and all that can carry script, is only ever an attachment. */
const inlineTypes =
  /^(image\/(png|jpeg|gif|webp|avif|bmp)|video\/[^;]+|audio\/[^;]+|text\/plain|application\/pdf)[ \t]*(;|$)/;

export async function sendContent(
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  { file, readContent, inline }: { file: FileEntry; readContent: ReadContent; inline: boolean },
): Promise<FastifyReply | void> {
  const validators: Validators = { etag: `"${file.blobId}"`, modifiedAt: file.modifiedAt };
  const header = (name: string) => request.headers[name] as string | undefined;
  const verdict = evaluatePreconditions(
    {
      ifMatch: header("if-match"),
      ifNoneMatch: header("if-none-match"),
      ifModifiedSince: header("if-modified-since"),
      ifUnmodifiedSince: header("if-unmodified-since"),
    },
    validators,
  );
  if (verdict === 412) return sendProblem(reply, plain(412, { code: "precondition-failed" }));
  if (verdict === 304) {
    setContentHeaders(reply, { file, validators, inline });
    return reply.code(304).removeHeader("content-type").removeHeader("content-disposition").send();
  }

  const wanted =
    request.method === "GET" && rangeApplies(header("if-range"), validators)
      ? header("range")
      : undefined;
  const answer = parseRange(wanted, file.size);
  if (answer.kind === "unsatisfiable") {
    reply.header("content-range", `bytes */${file.size}`);
    return sendProblem(reply, plain(416, { code: "range-not-satisfiable", sizeBytes: file.size }));
  }
  setContentHeaders(reply, { file, validators, inline });
  const plan = planBody(answer.kind === "ranges" ? answer.ranges : undefined, file);
  reply.hijack();
  const { raw } = reply;
  const { socket } = request.raw;
  for (const [name, value] of Object.entries(reply.getHeaders()))
    if (value !== undefined) raw.setHeader(name, value);
  raw.writeHead(plan.status, plan.headers);
  if (request.method === "HEAD") {
    raw.end();
    return;
  }
  try {
    for (const piece of plan.pieces) {
      if (piece.text !== undefined) raw.write(piece.text);
      if (piece.range) await pump({ response: raw, socket }, readContent(file.blobId, piece.range));
    }
    raw.end();
  } catch (error) {
    // The head has gone out: a broken connection is the only honest sign left.
    if (!raw.destroyed) request.log.error({ err: error, fileId: file.id }, "download failed");
    raw.destroy();
  }
}

function setContentHeaders(
  reply: FastifyReply,
  { file, validators, inline }: { file: FileEntry; validators: Validators; inline: boolean },
): void {
  const type = file.mediaType ?? "application/octet-stream";
  const safeInline = inline && inlineTypes.test(type);
  const digest = formatDigestHeader(file.digests);
  void reply.headers({
    "accept-ranges": "bytes",
    etag: validators.etag,
    "last-modified": new Date(validators.modifiedAt).toUTCString(),
    "content-type": type,
    "content-disposition": contentDisposition(file.name, {
      type: safeInline ? "inline" : "attachment",
    }),
    "cache-control": "private, no-cache",
    "content-security-policy": "sandbox; default-src 'none'",
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
    ...(digest === undefined ? {} : { "repr-digest": digest }),
  });
}

interface BodyPlan {
  readonly status: 200 | 206;
  readonly headers: Record<string, string | number>;
  readonly pieces: readonly { text?: string; range?: ByteRange }[];
}

function planBody(ranges: readonly ByteRange[] | undefined, file: FileEntry): BodyPlan {
  const { size } = file;
  if (!ranges) {
    return {
      status: 200,
      headers: { "content-length": size },
      pieces: [{ range: { start: 0, end: size } }],
    };
  }
  const [first] = ranges;
  if (ranges.length === 1 && first) {
    const headers = {
      "content-length": first.end - first.start,
      "content-range": formatRange(first, size),
    };
    return { status: 206, headers, pieces: [{ range: first }] };
  }
  const boundary = `sampan-${crypto.randomUUID()}`;
  const type = file.mediaType ?? "application/octet-stream";
  const parts = ranges.map((range, i) => {
    const lead = `${i === 0 ? "" : "\r\n"}--${boundary}\r\ncontent-type: ${type}\r\n`;
    return { text: `${lead}content-range: ${formatRange(range, size)}\r\n\r\n`, range };
  });
  const tail = `\r\n--${boundary}--\r\n`;
  const length = parts.reduce(
    (sum, { text, range }) => sum + Buffer.byteLength(text) + range.end - range.start,
    0,
  );
  return {
    status: 206,
    headers: {
      "content-type": `multipart/byteranges; boundary=${boundary}`,
      "content-length": length + tail.length,
    },
    pieces: [...parts, { text: tail }],
  };
}

const formatRange = ({ start, end }: ByteRange, size: number): string =>
  `bytes ${start}-${end - 1}/${size}`;

/**
 * Each buffer is reused, so the next but one is asked for only when the socket is done with the last. It is the connection whose end
 * is watched: a pipelined response that never got its turn hears of nothing.
 */
async function pump(
  { response, socket }: { response: ServerResponse; socket: Socket },
  source: AsyncGenerator<Uint8Array>,
): Promise<void> {
  const { promise: closed, resolve: close } = Promise.withResolvers<void>();
  socket.once("close", close);
  if (socket.destroyed) close();
  try {
    let sent: Promise<void> = Promise.resolve();
    for await (const bytes of source) {
      await Promise.race([sent, closed]);
      if (response.destroyed || socket.destroyed) return;
      sent = new Promise((resolve, reject) => {
        response.write(bytes, (error) => (error ? reject(error) : resolve()));
      });
      sent.catch(() => undefined);
    }
    await Promise.race([sent, closed]);
  } finally {
    socket.off("close", close);
  }
}
