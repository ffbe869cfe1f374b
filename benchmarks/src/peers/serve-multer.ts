/**
 * serve-multer.ts <port> <folder>: multer with its disk storage on Node's server; and `POST /merge`, whose body is a path, the way that every
 * tutorial has it: read one chunk after another, write one file.
 */
import { createReadStream, createWriteStream } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import { pipeline } from "node:stream/promises";
import { text } from "node:stream/consumers";
import multer from "multer";

const [port, dest] = process.argv.slice(2);
if (port === undefined || dest === undefined) throw new Error("needs a port and a folder");

type Request = IncomingMessage & {
  file?: { size: number; path: string };
  body?: { chunk_index?: string };
};
const takeFile = multer({ dest }).single("file_chunk");
const chunks = new Map<number, string>();

async function merge(request: IncomingMessage): Promise<void> {
  const target = await text(request);
  for (let index = 0; index < chunks.size; index++) {
    const chunk = chunks.get(index);
    if (chunk === undefined) throw new Error(`chunk ${index} is missing`);
    await pipeline(createReadStream(chunk), createWriteStream(target, { flags: "a" }));
  }
  chunks.clear();
}

createServer((request: Request, response) => {
  if (request.method !== "POST") {
    response.end();
    return;
  }
  if (request.url === "/merge") {
    merge(request).then(
      () => response.end(),
      (error: unknown) => {
        response.statusCode = 500;
        response.end(String(error));
      },
    );
    return;
  }
  takeFile(request, response, (error) => {
    const { file, body } = request;
    if (file) chunks.set(Number(body?.chunk_index), file.path);
    response.statusCode = error === undefined || error === null ? 200 : 500;
    response.end(JSON.stringify({ size: file?.size ?? 0 }));
  });
}).listen(Number(port), "127.0.0.1");
