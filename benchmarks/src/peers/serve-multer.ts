/** serve-multer.ts <port> <folder>: multer with its disk storage on Node's server. */
import { createServer, type IncomingMessage } from "node:http";
import multer from "multer";

const [port, dest] = process.argv.slice(2);
if (port === undefined || dest === undefined) throw new Error("needs a port and a folder");

type Request = IncomingMessage & { file?: { size: number } };
const takeFile = multer({ dest }).single("file_chunk");

createServer((request: Request, response) => {
  if (request.method !== "POST") {
    response.end();
    return;
  }
  takeFile(request, response, (error) => {
    response.statusCode = error === undefined || error === null ? 200 : 500;
    response.end(JSON.stringify({ size: request.file?.size ?? 0 }));
  });
}).listen(Number(port), "127.0.0.1");
