/** serve-uploadx.ts <port> <folder>: uploadx on Node's server, with no limit on a file's size. */
import { createServer } from "node:http";
import { uploadx } from "@uploadx/core";

const [port, uploadDir] = process.argv.slice(2);
if (port === undefined || uploadDir === undefined) throw new Error("needs a port and a folder");

createServer(uploadx({ uploadDir })).listen(Number(port), "127.0.0.1");
