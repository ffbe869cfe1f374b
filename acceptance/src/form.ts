/** A multipart/form-data body, in exactly this order. */
import { randomBytes } from "node:crypto";

export interface FormPart {
  readonly name: string;
  readonly filename?: string;
  readonly data: Uint8Array | string;
}

export function formOf(parts: readonly FormPart[]): { type: string; body: Buffer } {
  const boundary = `----client${randomBytes(12).toString("hex")}`;
  const pieces = parts.flatMap(({ name, filename, data }) => {
    const file =
      filename === undefined
        ? ""
        : `; filename="${filename}"\r\nContent-Type: application/octet-stream`;
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${file}\r\n\r\n`;
    return [Buffer.from(head), Buffer.from(data as string), Buffer.from("\r\n")];
  });
  const body = Buffer.concat([...pieces, Buffer.from(`--${boundary}--\r\n`)]);
  return { type: `multipart/form-data; boundary=${boundary}`, body };
}
