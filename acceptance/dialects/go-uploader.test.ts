/** G, clause by clause, where it differs from the other families. */
import { describe, expect, it } from "vitest";
import { digest, freshBytes, freshName, sha256 } from "../src/content.ts";
import { speakGoUploader } from "../src/families/go-uploader.ts";
import { postForm, postJson } from "../src/families/family.ts";
import { send } from "../src/http.ts";
import { speakNative } from "../src/native.ts";
import { isRemote, useServer } from "../src/server.ts";

interface TaskView {
  file_id: string;
  upload_id: string;
  state: string;
  percent: number;
}
type Envelope = {
  code: number;
  message: string;
  category?: string;
  retryable?: boolean;
  data: Record<string, unknown> & {
    tasks: TaskView[];
    results: { file_id: string; code: number }[];
  };
};

describe("go-uploader API", () => {
  const server = useServer();
  const native = speakNative(server);
  const family = speakGoUploader(server);
  const ask = async (method: string, path: string) => {
    const answer = await send(server, { method, path: `/go-uploader/${path}` });
    return { status: answer.status, ...(JSON.parse(answer.text) as Envelope) };
  };
  const chunk = (
    fields: Record<string, string>,
    data: Uint8Array,
    order: "last" | "first" = "last",
  ) => {
    const parts = Object.entries(fields).map(([name, value]) => ({ name, data: value }));
    const file = { name: "chunk", filename: "../../x", data };
    return postForm(
      server,
      "/go-uploader/upload_chunk",
      order === "last" ? [...parts, file] : [file, ...parts],
    );
  };

  it("upload_status: shows what is there, what is missing and how far it is", async () => {
    const file = { name: freshName(), bytes: freshBytes(4 * family.chunkBytes) };
    const transfer = await family.begin(file);
    await transfer.send(2);
    const id = await transfer.uploadId();
    const { code, message, data } = await ask("GET", `upload_status?file_id=${id}`);
    expect([code, message]).toEqual([0, "ok"]);
    expect(data).toMatchObject({
      state: "receiving",
      uploaded_chunks: [2],
      missing_chunks: [0, 1, 3],
      percent: 25,
    });
    expect(await ask("GET", "upload_status?file_id=unknown")).toMatchObject({
      status: 404,
      category: "validation",
    });
    expect(await ask("GET", "upload_status")).toMatchObject({
      status: 400,
      category: "validation",
    });
  });

  it.each(["last", "first"] as const)(
    "upload_chunk: understands synonyms, no digest, and the file %s",
    async (order) => {
      const bytes = freshBytes(3_000);
      const fileMd5 = digest("md5", bytes).toString("hex");
      const fields = { fileMd5, fileName: freshName(), totalChunks: "3", fileSize: "3000" };
      for (const index of [1, 0, 2]) {
        const piece = bytes.subarray(index * 1_000, (index + 1) * 1_000);
        const answer = await chunk({ ...fields, chunkIndex: String(index) }, piece, order);
        expect(answer.status, answer.text).toBe(200);
      }
      const merged = await postForm(server, "/go-uploader/merge_chunks", [
        { name: "file_md5", data: fileMd5 },
      ]);
      expect(merged.status, merged.text).toBe(200);
      expect(sha256(await native.contentOf(fields.fileName))).toBe(sha256(bytes));
    },
  );

  it("upload_chunk: a digest that does not hold is refused as integrity, and may be tried again", async () => {
    const fields = {
      file_id: freshName(),
      file_name: freshName(),
      chunk_index: "0",
      total_chunks: "1",
      file_size: "10",
    };
    const answer = await chunk({ ...fields, chunk_md5: "0".repeat(32) }, freshBytes(10));
    expect(answer.status).toBe(422);
    expect(JSON.parse(answer.text)).toMatchObject({
      code: 2001,
      category: "integrity",
      retryable: true,
    });
  });

  it("tasks: pages, filters, and acts on many at once", async () => {
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) {
      const transfer = await family.begin({
        name: freshName(),
        bytes: freshBytes(family.chunkBytes + 1),
      });
      await transfer.send(0);
      ids.unshift(await transfer.uploadId());
    }
    const first = await ask("GET", "tasks?state=active&page_size=2");
    const second = await ask("GET", "tasks?state=active&page_size=2&page=2");
    const byCursor = await ask(
      "GET",
      `tasks?state=active&page_size=2&cursor=${String(first.data["next_cursor"])}`,
    );
    const idsOf = ({ data }: Envelope) => data.tasks.map((task) => task.upload_id);
    expect([...idsOf(first), ...idsOf(second)]).toEqual(ids.slice(0, 4));
    expect(idsOf(byCursor)).toEqual(idsOf(second));
    const act = async (action: string) => {
      const answer = await postJson(server, "/go-uploader/tasks/batch", {
        action,
        file_ids: [...ids.slice(0, 2), "none"],
      });
      return (JSON.parse(answer.text) as Envelope).data.results.map(({ code }) => code);
    };
    expect(await act("pause")).toEqual([0, 0, 4001]);
    expect(idsOf(await ask("GET", "tasks?state=paused"))).toEqual(ids.slice(0, 2));
    expect(await act("delete")).toEqual([0, 0, 4001]);
    expect(await ask("GET", `tasks/${ids[0]}`)).toMatchObject({ data: { state: "aborted" } });
    // The last two are names that every object has.
    for (const state of ["nonsense", "__proto__", "constructor"])
      expect((await ask("GET", `tasks?state=${state}`)).status).toBe(400);
    expect((await ask("GET", "tasks?page=0")).status).toBe(400);
  });

  it("tasks: a cancelled id begins anew with its first chunk", async () => {
    const file = { name: freshName(), bytes: freshBytes(2 * family.chunkBytes) };
    const transfer = await family.begin(file);
    await transfer.send(1);
    const before = await transfer.uploadId();
    expect((await ask("DELETE", `tasks/${before}`)).data["freed_bytes"]).toBe(family.chunkBytes);
    expect((await transfer.send(1)).status).toBe(410);
    expect((await transfer.send(0)).status).toBe(200);
    expect(await transfer.uploadId()).not.toBe(before);
    expect((await transfer.send(1)).status).toBe(200);
    expect((await transfer.finish()).status).toBe(200);
  });

  it("health, system and metrics: say what they must", async () => {
    const health = await send(server, { method: "GET", path: "/go-uploader/health", token: null });
    expect(JSON.parse(health.text)).toMatchObject({ code: 0, data: { status: "ok", checks: {} } });
    const { data } = await ask("GET", "system");
    expect(data).toMatchObject({ memory: {}, disk: {}, load: {}, tasks: {} });
    const metrics = await send(server, { method: "GET", path: "/go-uploader/metrics" });
    expect(metrics.headers["content-type"]).toMatch(/^text\/plain/);
    expect(metrics.text).toMatch(
      /^sampan_requests_total\{dialect="go-uploader",status="200"\} [1-9]/m,
    );
    expect(metrics.text).toMatch(/^sampan_chunk_bytes_total [1-9]/m);
    for (const path of ["system", "metrics", "tasks"]) {
      const answer = await send(server, {
        method: "GET",
        path: `/go-uploader/${path}`,
        token: null,
      });
      expect(answer.status).toBe(401);
    }
  });
});

describe.skipIf(isRemote)("go-uploader API over time", () => {
  const server = useServer({ SAMPAN_UPLOAD_TTL_MS: "300", SAMPAN_SWEEP_INTERVAL_MS: "3600000" });
  const family = speakGoUploader(server);

  it("cleanup: removes what has expired, and says what that was", async () => {
    const file = { name: freshName(), bytes: freshBytes(family.chunkBytes + 1) };
    const transfer = await family.begin(file);
    await transfer.send(0);
    const id = await transfer.uploadId();
    await new Promise((resolve) => setTimeout(resolve, 500));
    const answer = await postJson(server, "/go-uploader/tasks/cleanup", {});
    expect(JSON.parse(answer.text)).toMatchObject({
      code: 0,
      data: { removed_count: 1, removed: [{ file_name: file.name, state: "expired" }] },
    });
    const gone = await send(server, { method: "GET", path: `/go-uploader/tasks/${id}` });
    expect(gone.status).toBe(404);
  });
});
