/** What every family's client lives through, told of each. */
import { describe, expect, it } from "vitest";
import { freshBytes, freshName, sha256 } from "../src/content.ts";
import { speakTaskApi } from "../src/families/task-api.ts";
import { speakGoUploader } from "../src/families/go-uploader.ts";
import { speakDriveApi } from "../src/families/drive-api.ts";
import { speakNetdisk } from "../src/families/netdisk.ts";
import { speakMultipartApi } from "../src/families/multipart-api.ts";
import type { Family, Transfer } from "../src/families/family.ts";
import { speakNative } from "../src/native.ts";
import { isRemote, useServer, type Server, type Target } from "../src/server.ts";

const chunked: [string, (target: Target) => Family][] = [
  ["task API", speakTaskApi],
  ["go-uploader API", speakGoUploader],
  ["multipart API", speakMultipartApi],
  ["netdisk", speakNetdisk],
];

const indices = (transfer: Transfer): number[] =>
  Array.from({ length: transfer.chunks }, (_, i) => i);

function shuffled<T>(values: readonly T[]): T[] {
  return values
    .map((value) => ({ value, order: Math.random() }))
    .toSorted((a, b) => a.order - b.order)
    .map(({ value }) => value);
}

/** What is told of a family on a server. */
function tellOf(server: Server, family: Family) {
  const native = speakNative(server);
  const fileOf = (chunks: number) => {
    const bytes = freshBytes(Math.floor((chunks - 0.5) * family.chunkBytes));
    return { name: freshName(), bytes };
  };
  const sendAll = async (transfer: Transfer, order = indices(transfer)) => {
    const answers = await Promise.all(order.map((index) => transfer.send(index)));
    for (const { status, text } of answers) expect(status, text).toBe(200);
  };
  const finished = async (transfer: Transfer): Promise<void> => {
    const { status, text } = await transfer.finish();
    expect(status, text).toBe(200);
  };
  return { native, fileOf, sendAll, finished };
}

const all: typeof chunked = [...chunked, ["drive API", speakDriveApi]];

describe.each(all)("%s, whole files", (_name, speak) => {
  const server = useServer();
  const family = speak(server);
  const { native, fileOf, sendAll, finished } = tellOf(server, family);

  it("gives the same answer to ten who finish at once, and afterwards", async () => {
    const file = fileOf(family.isWhole ? 1 : 3);
    const transfer = await family.begin(file);
    await sendAll(transfer);
    const answers = await Promise.all(Array.from({ length: 10 }, () => transfer.finish()));
    answers.push(await transfer.finish());
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(await native.filesNamed(file.name)).toHaveLength(1);
  });

  it("takes the same file from two clients at once", async () => {
    const file = fileOf(family.isWhole ? 1 : 4);
    const [one, two] = await Promise.all([family.begin(file), family.begin(file)]);
    await Promise.all([sendAll(one), sendAll(two, indices(two).toReversed())]);
    await Promise.all([finished(one), finished(two)]);
    const files = await native.filesNamed(file.name);
    expect(files).toHaveLength(1);
    expect(sha256(await native.content(files[0]!.id))).toBe(sha256(file.bytes));
    if (!family.isWhole) expect(await one.uploadId()).toBe(await two.uploadId());
  });

  it.each([0, 1])("takes a file of %i bytes", async (length) => {
    const file = { name: freshName(), bytes: freshBytes(length) };
    const transfer = await family.begin(file);
    await sendAll(transfer);
    await finished(transfer);
    expect(sha256(await native.contentOf(file.name))).toBe(sha256(file.bytes));
  });

  it.each(["三板 文件.pdf", "🚀 emoji 👩‍👩‍👧.bin", "naïve “quotes”.txt"])(
    "takes the name %s",
    async (name) => {
      const file = { ...fileOf(1), name: `${freshName()} ${name}` };
      const transfer = await family.begin(file);
      await sendAll(transfer);
      await finished(transfer);
      expect(sha256(await native.contentOf(file.name))).toBe(sha256(file.bytes));
    },
  );
});

describe.each(chunked)("%s", (_name, speak) => {
  const server = useServer();
  const family = speak(server);
  const { native, fileOf, sendAll, finished } = tellOf(server, family);

  it("takes all chunks at once, in any order, some of them twice", async () => {
    const file = fileOf(5);
    const transfer = await family.begin(file);
    await sendAll(transfer, shuffled([...indices(transfer), 0, 2, 2]));
    await finished(transfer);
    expect(sha256(await native.contentOf(file.name))).toBe(sha256(file.bytes));
  });

  it("answers a chunk that is there already with success", async () => {
    const transfer = await family.begin(fileOf(2));
    await sendAll(transfer, [0]);
    await sendAll(transfer, [0]);
    const upload = await native.upload(await transfer.uploadId());
    expect(upload.receivedBytes).toBe(family.chunkBytes);
  });

  it("refuses to finish while chunks are missing, and names them", async () => {
    const file = fileOf(4);
    const transfer = await family.begin(file);
    await sendAll(transfer, [1, 3]);
    const early = await transfer.finish();
    expect(early.status).toBe(409);
    expect(family.refusal(early)).toBe("upload-incomplete");
    expect(family.missing(early)).toEqual([0, 2]);
    await sendAll(transfer, [0, 2]);
    await finished(transfer);
    expect(sha256(await native.contentOf(file.name))).toBe(sha256(file.bytes));
  });

  it("publishes nothing of a content that is not the declared one, and is repaired by sending a chunk again", async () => {
    const file = fileOf(3);
    const wrong = Buffer.from(file.bytes);
    wrong[family.chunkBytes + 5]! ^= 1;
    // The wrong bytes come through the native API, which knows of no chunk digests.
    const transfer = await family.begin(file);
    await sendAll(transfer, [0, 2]);
    const id = await transfer.uploadId();
    const { partSize } = await native.upload(id);
    expect(partSize).toBe(family.chunkBytes);
    const part = wrong.subarray(partSize, 2 * partSize);
    await native.sendPart(id, 1, part);
    const refused = await transfer.finish();
    expect(refused.status, refused.text).toBe(422);
    expect(family.refusal(refused)).toBe("digest-mismatch");
    expect(await native.filesNamed(file.name)).toEqual([]);
    await sendAll(transfer, [1]);
    await finished(transfer);
    expect(sha256(await native.contentOf(file.name))).toBe(sha256(file.bytes));
  });

  it("goes on where a client left off that knows nothing any more", async () => {
    const file = fileOf(3);
    await sendAll(await family.begin(file), [0]);
    const transfer = await family.begin(file).then(async (first) => first.again());
    await sendAll(transfer, indices(transfer));
    await finished(transfer);
    expect(sha256(await native.contentOf(file.name))).toBe(sha256(file.bytes));
  });

  it("forgets a transfer that was cancelled in the middle", async () => {
    const transfer = await family.begin(fileOf(3));
    await sendAll(transfer, [0]);
    const id = await transfer.uploadId();
    await native.call("DELETE", `/uploads/${id}`);
    const late = await transfer.send(1);
    expect(late.status, late.text).toBe(410);
    expect(family.refusal(late)).toBe("upload-aborted");
    expect((await transfer.finish()).status).toBe(410);
  });

  it("refuses chunks of what is complete", async () => {
    const transfer = await family.begin(fileOf(1));
    await sendAll(transfer);
    await finished(transfer);
    const late = await transfer.send(0);
    expect(late.status).toBe(409);
    expect(family.refusal(late)).toBe("upload-complete");
  });

  it("refuses chunks while its upload is paused natively", async () => {
    const file = fileOf(2);
    const transfer = await family.begin(file);
    await sendAll(transfer, [0]);
    const id = await transfer.uploadId();
    await native.call("POST", `/uploads/${id}/pause`);
    const refused = await transfer.send(1);
    expect(refused.status).toBe(409);
    expect(family.refusal(refused)).toBe("upload-paused");
    await native.call("POST", `/uploads/${id}/resume`);
    await sendAll(transfer, [1]);
    await finished(transfer);
  });

  it("refuses a chunk that is longer than its place, and records nothing of it", async () => {
    const file = fileOf(3);
    const transfer = await family.begin(file);
    await sendAll(transfer, [0]);
    const long = await transfer.sendBytes(1, freshBytes(family.chunkBytes + 1));
    expect(long.status, long.text).toBe(413);
    family.refusal(long);
    const upload = await native.upload(await transfer.uploadId());
    expect(upload.receivedBytes).toBe(family.chunkBytes);
  });

  describe.skipIf(isRemote)("across the end of the server", () => {
    it("keeps every chunk that was answered through kill -9", async () => {
      const file = fileOf(4);
      const transfer = await family.begin(file);
      await sendAll(transfer, [2, 0]);
      const half = transfer.send(1).catch(() => undefined);
      await server.kill();
      await half;
      await server.start();
      const again = await transfer.again();
      const early = await again.finish();
      const missing = family.missing(early);
      expect([
        [1, 3],
        // The chunk on its way may have been recorded when the server ended.
        [3],
      ]).toContainEqual(missing);
      await sendAll(again, missing);
      await finished(again);
      expect(sha256(await native.contentOf(file.name))).toBe(sha256(file.bytes));
    });
  });
});
