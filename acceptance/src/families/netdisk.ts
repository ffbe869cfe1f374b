import { send, type Answer } from "../http.ts";
import type { Target } from "../server.ts";
import { cut, hex, jsonOf, numberedRefusal, postJson, type Family } from "./family.ts";

export interface Begun {
  readonly instant: boolean;
  readonly upload_id: string;
  readonly chunk_size: number;
  readonly chunks: number;
  readonly flags: string;
}

export function putChunk(
  target: Target,
  { id, index, body, sha1 }: { id: string; index: number | string; body: Uint8Array; sha1: string },
): Promise<Answer> {
  const path = `/netdisk/uploads/${id}/chunks/${index}?sha1=${sha1}`;
  return send(target, { method: "PUT", path, body });
}

/** Chunks smaller than this family's 100 MiB, as `chunk_size` asks for, so that a few of them are quick. */
export function speakNetdisk(target: Target): Family {
  const chunkBytes = 800_011;
  const family: Family = {
    name: "netdisk",
    chunkBytes,
    missing: (answer) => (jsonOf(answer)["data"] as { missing: number[] }).missing,
    refusal: numberedRefusal,
    async begin({ name, bytes }) {
      const file = { name, size: bytes.length, sha1: hex("sha1", bytes), chunk_size: chunkBytes };
      const answer = await postJson(target, "/netdisk/uploads", file);
      if (answer.status !== 200) throw new Error(`begin answered ${answer.status}: ${answer.text}`);
      const { upload_id: id } = jsonOf(answer)["data"] as Begun;
      const chunks = cut(bytes, chunkBytes);
      const sendBytes = (index: number, body: Uint8Array) =>
        putChunk(target, { id, index, body, sha1: hex("sha1", chunks[index] ?? body) });
      return {
        chunks: chunks.length,
        uploadId: () => Promise.resolve(id),
        sendBytes,
        send: (index) => sendBytes(index, chunks[index]!),
        finish: () => postJson(target, `/netdisk/uploads/${id}/complete`, {}),
        again: () => family.begin({ name, bytes }),
      };
    },
  };
  return family;
}
