/** The part of multer that is used here; it brings no types. */
declare module "multer" {
  import type { IncomingMessage } from "node:http";

  type Request = IncomingMessage & { file?: { size: number } };
  type Handler = (request: Request, response: unknown, next: (error?: unknown) => void) => void;

  export default function multer(options: { dest: string }): { single(field: string): Handler };
}
