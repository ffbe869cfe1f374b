/** The Node side of the SDK: files as sources and sinks, node:http as transport. */
import { createClient, type Client } from "../client.ts";
import type { Connection } from "../call.ts";
import { createUploader, type Uploader, type UploaderOptions } from "../upload/uploader.ts";
import { createVisitor, type Visitor, type VisitorOptions } from "../visit/visitor.ts";
import { createNodeHasher } from "./hasher.ts";
import { createNodeTransport } from "./transport.ts";

export { fileSink, type FileSinkOptions } from "./file-sink.ts";
export { fileSource, type FileSourceOptions } from "./file-source.ts";
export { hashFile } from "./hash-file.ts";
export { createNodeHasher } from "./hasher.ts";
export { createNodeTransport, type NodeTransportOptions } from "./transport.ts";

/** A client over node:http. */
export function createNodeClient(connection: Connection): Client {
  return createClient({ transport: createNodeTransport(), ...connection });
}

/** A visitor over node:http. */
export function createNodeVisitor(options: VisitorOptions): Visitor {
  return createVisitor({ transport: createNodeTransport(), ...options });
}

/** An uploader that verifies every file, with node:crypto. */
export function createNodeUploader(options: UploaderOptions): Uploader {
  return createUploader({ createHasher: createNodeHasher, ...options });
}
