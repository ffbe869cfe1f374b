/** Hostile inputs through every family's calls: the right status, the family's own shape, nothing recorded, and the server lives on. */
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { digest, freshBytes, freshName } from "../src/content.ts";
import { formOf, type FormPart } from "../src/form.ts";
import { speakTaskApi } from "../src/families/task-api.ts";
import { speakGoUploader } from "../src/families/go-uploader.ts";
import { speakDriveApi } from "../src/families/drive-api.ts";
import { putChunk, speakNetdisk } from "../src/families/netdisk.ts";
import { postParts, speakMultipartApi } from "../src/families/multipart-api.ts";
import { postForm, postJson, type Family } from "../src/families/family.ts";
import { open, send, type Answer } from "../src/http.ts";
import { speakNative } from "../src/native.ts";
import { useServer } from "../src/server.ts";

const md5 = (bytes: Uint8Array) => digest("md5", bytes).toString("hex");
const someHash = "0".repeat(32);

const hostileNames = [
  "../x",
  "..\\x",
  "C:\\x",
  "/etc/passwd",
  "a\0b",
  "a\r\nset-cookie: b",
  "a\u0007b",
  "a".repeat(256),
  ".",
  "..",
  "a.",
  "a ",
  "a\u202egpj.exe",
  "",
];
const hostileSizes = [-1, 1.5, "NaN", "5abc", "1e309", "", "0x10", "99999999999999999999"];

describe("hostile inputs", () => {
  const server = useServer({ SAMPAN_MAX_OPEN_TASKS: "1000", SAMPAN_MAX_FILE_BYTES: "1000000000" });
  const native = speakNative(server);
  const nothingNew = async (work: () => Promise<void>): Promise<void> => {
    const before = await native.openUploads();
    await work();
    expect((await native.openUploads()).map(({ id }) => id)).toEqual(before.map(({ id }) => id));
  };

  interface Create {
    name?: unknown;
    size?: unknown;
    total?: unknown;
  }
  const creates: [Family, (wrong: Create) => Promise<Answer>][] = [
    [
      speakTaskApi(server),
      ({ name = freshName(), size = 10, total = 1 }) =>
        postJson(server, "/api/createUploadTask", {
          fileName: name,
          fileSize: size,
          totalChunks: total,
          fileHash: someHash,
          chunkHashes: [someHash],
        }),
    ],
    [
      speakGoUploader(server),
      ({ name = freshName(), size = 10, total = 1 }) =>
        postForm(server, "/go-uploader/upload_chunk", [
          { name: "file_id", data: freshName() },
          { name: "file_name", data: String(name) },
          { name: "file_size", data: String(size) },
          { name: "total_chunks", data: String(total) },
          { name: "chunk_index", data: "0" },
          { name: "chunk_md5", data: someHash },
          { name: "file", filename: "x", data: "0123456789" },
        ]),
    ],
  ];
  /** These families do not count chunks. D begins nothing without its bytes: what it says of a file is in `fastupload`. */
  const uncounted: typeof creates = [
    [
      speakNetdisk(server),
      ({ name = freshName(), size = 10 }) =>
        postJson(server, "/netdisk/uploads", { name, size, sha1: "0".repeat(40) }),
    ],
    [
      speakDriveApi(server),
      ({ name = freshName(), size = 10 }) =>
        postJson(server, "/file/fastupload", {
          filename: name,
          filesize: String(size),
          filehash: someHash,
        }),
    ],
  ];
  const multipart = speakMultipartApi(server);
  const init = (size: unknown) =>
    postParts(server, {
      call: "init",
      fields: { username: "owner", filehash: someHash, filesize: String(size) },
    });

  it.each(hostileSizes)("create: a size of %j is refused with 400", (size) =>
    nothingNew(async () => {
      for (const [family, create] of [...creates, ...uncounted]) {
        // What is not said is not wrong where it may be left out.
        if (size === "" && family.name === "drive API") continue;
        const answer = await create({ size });
        expect([family.name, answer.status]).toEqual([family.name, 400]);
        expect(family.refusal(answer)).toBe("invalid-request");
      }
      const answer = await init(size);
      expect([answer.status, multipart.refusal(answer)]).toEqual([400, "invalid-request"]);
    }),
  );

  it("create: a size above the maximum is refused with 413", () =>
    nothingNew(async () => {
      const netdisk = uncounted.slice(0, 1);
      for (const [family, create] of [...creates, ...netdisk]) {
        const answer = await create({ size: 1_000_000_001 });
        expect([family.name, answer.status]).toEqual([family.name, 413]);
        family.refusal(answer);
      }
      expect((await init(1_000_000_001)).status).toBe(413);
    }));

  it.each([0, -1, 1.5, 1_000_000_000, "x"])(
    "create: %j chunks for ten bytes are refused with 400",
    (total) =>
      nothingNew(async () => {
        for (const [family, create] of creates) {
          const answer = await create({ total });
          expect([family.name, answer.status]).toEqual([family.name, 400]);
          family.refusal(answer);
        }
      }),
  );

  it.each(hostileNames)("create: the name %j is refused with 400", (name) =>
    nothingNew(async () => {
      for (const [family, create] of [...creates, ...uncounted]) {
        const answer = await create({ name });
        expect([family.name, answer.status], answer.text).toEqual([family.name, 400]);
        family.refusal(answer);
      }
    }),
  );

  it.each(hostileNames)(
    "complete: the name %j is refused with 400, and the upload goes on",
    async (name) => {
      const transfer = await multipart.begin({ name, bytes: freshBytes(10) });
      await transfer.send(0);
      const answer = await transfer.finish();
      expect(answer.status, answer.text).toBe(400);
      multipart.refusal(answer);
      const uploadId = await transfer.uploadId();
      expect((await native.upload(uploadId)).state).toBe("receiving");
      await native.call("DELETE", `/uploads/${uploadId}`);
    },
  );

  it.each([
    ["not JSON", "{", 400],
    ["an array, 10,000 deep", "[".repeat(10_000), 400],
    ["__proto__", '{"__proto__": {"task_id": "x"}}', 400],
    ["escaped __proto__", String.raw`{"\u005f_proto__": {}}`, 400],
    ["more than a mebibyte", `{"x": "${"y".repeat(1024 * 1024)}"}`, 413],
    ["nothing", "", 400],
  ])("create: a body that is %s is refused", async (_why, body, status) => {
    const calls: [string, Family][] = [
      ["/api/createUploadTask", speakTaskApi(server)],
      ["/go-uploader/merge_chunks", speakGoUploader(server)],
      ["/file/mpupload/init", multipart],
      ["/file/fastupload", speakDriveApi(server)],
      ["/file/update", speakDriveApi(server)],
      ["/netdisk/uploads", speakNetdisk(server)],
    ];
    for (const [path, family] of calls) {
      const headers = { "content-type": "application/json" };
      const answer = await send(server, { method: "POST", path, headers, body });
      expect([path, answer.status]).toEqual([path, status]);
      family.refusal(answer);
    }
  });

  it("create: hashes that are fewer than chunks, or none at all, are refused with 400", async () => {
    const task = { fileName: "x", fileSize: 10, totalChunks: 2, fileHash: someHash };
    for (const chunkHashes of [[someHash], [], [someHash, "xyz"], "x", [1, 2]]) {
      const answer = await postJson(server, "/api/createUploadTask", { ...task, chunkHashes });
      expect(answer.status).toBe(400);
    }
  });

  describe("chunks", () => {
    const bytes = freshBytes(20);
    const forms: [string, Family, (index: string, id: string) => FormPart[]][] = [
      [
        "/api/uploadChunk",
        speakTaskApi(server),
        (index, id) => [
          { name: "task_id", data: id },
          { name: "chunk_index", data: index },
          { name: "chunk_hash", data: md5(bytes) },
          { name: "file_chunk", filename: "../../../x", data: bytes },
        ],
      ],
      [
        "/go-uploader/upload_chunk",
        speakGoUploader(server),
        (index, id) => [
          { name: "file_id", data: id },
          { name: "chunk_index", data: index },
          { name: "chunk_md5", data: md5(bytes) },
          { name: "file", filename: "../../../x", data: bytes },
        ],
      ],
    ];
    const begin = async (): Promise<string> => {
      const created = await postJson(server, "/api/createUploadTask", {
        fileName: freshName(),
        fileSize: 20,
        totalChunks: 1,
        fileHash: md5(bytes),
        chunkHashes: [md5(bytes)],
      });
      return (JSON.parse(created.text) as { task_id: string }).task_id;
    };
    const post = (path: string, type: string, body: Uint8Array | string) =>
      send(server, { method: "POST", path, headers: { "content-type": type }, body });

    it.each([
      ["-1", 400],
      ["1", 400],
      ["1.5", 400],
      ["", 400],
      ["9999999999999999999", 400],
    ])("index %j is refused with %i", async (index, status) => {
      for (const [path, family, parts] of forms) {
        const id = await begin();
        const answer = await postForm(server, path, parts(index, id));
        expect([path, answer.status]).toEqual([path, status]);
        family.refusal(answer);
        expect((await native.upload(id)).receivedBytes).toBe(0);
      }
    });

    it("an unknown task, or one of nobody, is 404", async () => {
      for (const id of ["x", "00000000-0000-7000-8000-00000000abcd", "../../x"]) {
        const answer = await postForm(server, "/api/uploadChunk", forms[0]![2]("0", id));
        expect(answer.status).toBe(404);
        expect((await postJson(server, "/api/mergeChunks", { task_id: id })).status).toBe(404);
        const part = await postParts(server, {
          call: "complete",
          fields: {
            username: "owner",
            uploadid: id,
            filename: "x",
            filehash: someHash,
            filesize: "1",
          },
        });
        expect(part.status).toBe(404);
      }
    });

    type Spoil = (
      form: { type: string; body: Buffer },
      parts: FormPart[],
    ) => { type: string; body: Buffer };
    const spoiled: [string, number, Spoil][] = [
      ["no boundary", 400, ({ body }) => ({ type: "multipart/form-data", body })],
      [
        "another boundary",
        400,
        ({ body }) => ({ type: "multipart/form-data; boundary=other", body }),
      ],
      [
        "a boundary of 71 characters",
        400,
        ({ body }) => ({ type: `multipart/form-data; boundary=${"x".repeat(71)}`, body }),
      ],
      ["no end", 400, ({ type, body }) => ({ type, body: body.subarray(0, -6) })],
      ["no file", 400, (_form, parts) => formOf(parts.slice(0, -1))],
      ["two files", 400, (_form, parts) => formOf([...parts, parts.at(-1)!])],
      ["a field twice", 400, (_form, parts) => formOf([parts[0]!, ...parts])],
      [
        "10,000 parts",
        413,
        (_form, parts) =>
          formOf([
            ...Array.from({ length: 10_000 }, (_, i) => ({ name: `f${i}`, data: "" })),
            ...parts,
          ]),
      ],
      [
        "a head of a mebibyte",
        413,
        (_form, parts) => formOf([{ name: "x".repeat(1024 * 1024), data: "" }, ...parts]),
      ],
      [
        "a field of a mebibyte",
        413,
        (_form, parts) => formOf([{ name: "x", data: "y".repeat(1024 * 1024) }, ...parts]),
      ],
      [
        "lines that end in LF",
        400,
        ({ type, body }) => ({
          type,
          body: Buffer.from(body.toString("latin1").replaceAll("\r\n", "\n"), "latin1"),
        }),
      ],
    ];
    it.each(spoiled)("a form with %s is refused with %i", async (_why, status, spoil) => {
      for (const [path, family, partsOf] of forms) {
        const id = await begin();
        const parts = partsOf("0", id);
        const { type, body } = spoil(formOf(parts), parts);
        const answer = await post(path, type, body);
        expect([path, answer.status], answer.text).toEqual([path, status]);
        family.refusal(answer);
        expect((await native.upload(id)).receivedBytes).toBe(0);
        // The same connection-independent server takes the right form afterwards.
        expect((await postForm(server, path, parts)).status).toBe(200);
      }
    });

    it("a coded body is refused with 415, in the family's shape, and nothing is recorded", async () => {
      const task = speakTaskApi(server);
      const [drive, netdisk] = [speakDriveApi(server), speakNetdisk(server)];
      const begun = await netdisk.begin({ name: freshName(), bytes: freshBytes(20) });
      const id = await begun.uploadId();
      const calls: [string, string, Family][] = [
        ...forms.map(([path, family]): [string, string, Family] => ["POST", path, family]),
        ["POST", "/api/createUploadTask", task],
        ["POST", "/file/mpupload/uppart?uploadid=x&index=1", multipart],
        ["POST", "/file/mpupload/init", multipart],
        ["POST", "/file/upload", drive],
        ["POST", "/user/signin", drive],
        ["POST", "/netdisk/login", netdisk],
        ["POST", "/netdisk/uploads", netdisk],
        ["PUT", `/netdisk/uploads/${id}/chunks/0`, netdisk],
      ];
      const coded = gzipSync(bytes);
      for (const [method, path, family] of calls) {
        const { type } = formOf([]);
        const headers = { "content-type": type, "content-encoding": "gzip" };
        const answer = await send(server, { method, path, headers, body: coded });
        expect([path, answer.status]).toEqual([path, 415]);
        family.refusal(answer);
      }
      expect((await native.upload(id)).receivedBytes).toBe(0);
    });

    it.each(spoiled)(
      "a file of the drive API in a form with %s is refused with %i",
      async (_why, status, spoil) => {
        const drive = speakDriveApi(server);
        const name = freshName();
        const parts = [{ name: "file", filename: name, data: bytes }];
        const { type, body } = spoil(formOf(parts), parts);
        const answer = await post("/file/upload", type, body);
        expect([answer.status, drive.refusal(answer).length > 0], answer.text).toEqual([
          status,
          true,
        ]);
        expect(await native.filesNamed(name)).toEqual([]);
        expect((await postForm(server, "/file/upload", parts)).status).toBe(200);
      },
    );

    it.each([
      ["-1", 400],
      ["1", 400],
      ["1.5", 400],
      ["0x0", 400],
      ["9999999999999999999", 400],
      ["", 400],
    ])("index %j of netdisk is refused with %i", async (index, status) => {
      const netdisk = speakNetdisk(server);
      const content = freshBytes(20);
      const id = await (await netdisk.begin({ name: freshName(), bytes: content })).uploadId();
      const chunk = { id, index, body: content, sha1: digest("sha1", content).toString("hex") };
      const answer = await putChunk(server, chunk);
      expect(answer.status, answer.text).toBe(status);
      netdisk.refusal(answer);
      expect((await native.upload(id)).receivedBytes).toBe(0);
    });

    it("a digest of a netdisk chunk that is none, or does not hold, is refused, and so is a chunk of another length", async () => {
      const netdisk = speakNetdisk(server);
      const content = freshBytes(20);
      const id = await (await netdisk.begin({ name: freshName(), bytes: content })).uploadId();
      for (const [sha1, status] of [
        ["zz", 400],
        ["0".repeat(39), 400],
        ["0".repeat(40), 422],
        ["0".repeat(64), 422],
      ] as const) {
        const answer = await putChunk(server, { id, index: 0, body: content, sha1 });
        expect([sha1, answer.status]).toEqual([sha1, status]);
        netdisk.refusal(answer);
      }
      const path = `/netdisk/uploads/${id}/chunks/0`;
      const chunked = async (body: Buffer) => {
        const request = open(server, { method: "PUT", path });
        await request.write(body.subarray(0, 5));
        request.end(body.subarray(5));
        return request.answer;
      };
      const short = await chunked(content.subarray(0, 19));
      expect([short.status, netdisk.refusal(short)]).toEqual([400, "part-misaligned"]);
      const long = await chunked(Buffer.concat([content, content]));
      expect([long.status, netdisk.refusal(long)]).toEqual([413, "body-too-long"]);
      expect((await native.upload(id)).receivedBytes).toBe(0);
      expect((await chunked(content)).status).toBe(200);
    });

    it("an unknown upload or file of netdisk and the drive API is 404", async () => {
      const netdisk = speakNetdisk(server);
      for (const id of ["x", "00000000-0000-7000-8000-00000000abcd", "%2e%2e%2fx"]) {
        const asked = [
          await putChunk(server, { id, index: 0, body: bytes, sha1: md5(bytes) }),
          await postJson(server, `/netdisk/uploads/${id}/complete`, {}),
          await send(server, { method: "DELETE", path: `/netdisk/uploads/${id}` }),
          await send(server, { method: "GET", path: `/netdisk/uploads/${id}` }),
        ];
        for (const answer of asked)
          expect([id, answer.status, netdisk.refusal(answer)]).toEqual([
            id,
            404,
            "upload-not-found",
          ]);
      }
      const unknown = md5(freshBytes(16));
      const file = await send(server, { method: "GET", path: `/netdisk/files/${unknown}` });
      expect([file.status, netdisk.refusal(file)]).toEqual([404, "file-not-found"]);
      for (const call of ["meta", "download", "downloadurl"]) {
        const path = `/file/${call}?filehash=${unknown}`;
        const answer = await send(server, { method: "GET", path });
        expect([call, answer.status]).toEqual([call, 404]);
        expect(speakDriveApi(server).refusal(answer)).toBe("file-not-found");
      }
    });

    it("fields given twice and differently are refused with 400", async () => {
      const fields = { username: "owner", filehash: someHash, filesize: "10" };
      const path = "/file/mpupload/init?filesize=11";
      const body = new URLSearchParams({ token: server.token, ...fields }).toString();
      const headers = { "content-type": "application/x-www-form-urlencoded" };
      expect(
        (await send(server, { method: "POST", path, headers, body, token: null })).status,
      ).toBe(400);
    });
  });
});
