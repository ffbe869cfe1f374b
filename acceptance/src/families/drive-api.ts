import { driveClient } from "../drive-api.ts";
import type { Target } from "../server.ts";
import { hex, numberedRefusal, type Family, type Transfer } from "./family.ts";

/** One request is one file: there is nothing in it to be resumed, paused or missing. `username` is that of the target's token. */
export function speakDriveApi(target: Target, username = "owner"): Family {
  const client = () => driveClient(target, { username, token: target.token });
  const none = () => {
    throw new Error("a file of the drive API has no parts");
  };
  return {
    name: "drive API",
    chunkBytes: 1_000_003,
    isWhole: true,
    missing: none,
    refusal: numberedRefusal,
    begin({ name, bytes }) {
      const filehash = hex("sha1", bytes);
      const sendBytes = (_index: number, body: Uint8Array) => client().upload(name, body);
      const transfer: Transfer = {
        chunks: 1,
        uploadId: none,
        sendBytes,
        send: (index) => sendBytes(index, bytes),
        finish: () => client().post("/file/meta", { filehash, filename: name }),
        again: () => Promise.resolve(transfer),
      };
      return Promise.resolve(transfer);
    },
  };
}
