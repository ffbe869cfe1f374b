import { send, type Answer } from "../http.ts";
import type { Target } from "../server.ts";
import { cut, hex, jsonOf, numberedRefusal, type Family } from "./family.ts";

/** `username` is that of the target's token. */
export function speakMultipartApi(target: Target, username = "owner"): Family {
  const family: Family = {
    name: "multipart API",
    chunkBytes: 5 * 1024 * 1024,
    missing: (answer) =>
      (jsonOf(answer)["data"] as { missing: number[] }).missing.map((i) => i - 1),
    refusal: numberedRefusal,
    async begin({ name, bytes }) {
      const filehash = hex("sha1", bytes);
      const post = (call: string, fields: Record<string, string>) =>
        postParts(target, { call, fields: { username, ...fields } });
      const filesize = String(bytes.length);
      const answer = await post("init", { filehash, filesize });
      if (answer.status !== 200) throw new Error(`init answered ${answer.status}: ${answer.text}`);
      const { UploadID, ChunkSize } = jsonOf(answer)["data"] as {
        UploadID: string;
        ChunkSize: number;
      };
      const chunks = bytes.length === 0 ? [] : cut(bytes, ChunkSize);
      const sendBytes = (index: number, body: Uint8Array) =>
        sendPart(target, { username, uploadid: UploadID, index: index + 1, body });
      return {
        chunks: chunks.length,
        uploadId: () => Promise.resolve(UploadID),
        sendBytes,
        send: (index) => sendBytes(index, chunks[index]!),
        finish: () => post("complete", { filehash, filesize, filename: name, uploadid: UploadID }),
        again: () => family.begin({ name, bytes }),
      };
    },
  };
  return family;
}

export function postParts(
  target: Target,
  { call, fields }: { call: string; fields: Record<string, string> },
): Promise<Answer> {
  return send(target, {
    method: "POST",
    path: `/file/mpupload/${call}`,
    token: null,
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ token: target.token, ...fields }).toString(),
  });
}

/** As the published client sends it: raw bytes that claim to be a form, without a boundary. */
export function sendPart(
  target: Target,
  {
    username,
    uploadid,
    index,
    body,
    type = "multipart/form-data",
  }: {
    username: string;
    uploadid: string;
    index: number | string;
    body: Uint8Array;
    type?: string;
  },
): Promise<Answer> {
  const query = new URLSearchParams({
    username,
    token: target.token,
    uploadid,
    index: String(index),
  });
  return send(target, {
    method: "POST",
    path: `/file/mpupload/uppart?${query}`,
    token: null,
    headers: { "content-type": type },
    body,
  });
}
