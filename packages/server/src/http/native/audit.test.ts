import Fastify, { type FastifyInstance } from "fastify";
import { validatorCompiler } from "fastify-type-provider-zod";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { registerAudit } from "./audit.ts";
import { handleError } from "../shared/problem.ts";
import { startServer, type TestServer } from "../testing/server.ts";

let server: TestServer;
const owner = "00000000-0000-7000-8000-000000000000";
beforeAll(async () => {
  server = await startServer();
  for (const name of ["a", "b", "c"])
    await server.ask({ method: "PUT", path: `/files/${name}`, body: "x" });
});
afterAll(() => server[Symbol.asyncDispose]());

const audit = async (query = "") => {
  const answer = await server.ask({ path: `/audit${query}` });
  expect(answer.status).toBe(200);
  expect(answer.headers.get("cache-control")).toBe("no-store");
  return answer.json() as {
    items: { seq: number; kind: string; subjectId: string; at: string }[];
    nextCursor: string | null;
  };
};

describe("GET /audit", () => {
  it("says who did what, when, and from where, newest first", async () => {
    const { items, nextCursor } = await audit();
    expect(items.map(({ seq }) => seq)).toEqual([3, 2, 1]);
    expect(nextCursor).toBeNull();
    expect(items[0]).toEqual({
      seq: 3,
      kind: "file.stored",
      accountId: owner,
      actor: { accountId: owner, address: "127.0.0.1" },
      subjectId: expect.any(String),
      data: { name: "c", size: 1, replaced: false },
      at: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    expect(Math.abs(Date.parse(items[0]!.at) - Date.now())).toBeLessThan(60_000);
  });

  it("goes on page by page", async () => {
    const first = await audit("?limit=2");
    const second = await audit(`?limit=2&cursor=${first.nextCursor}`);
    expect([...first.items, ...second.items].map(({ seq }) => seq)).toEqual([3, 2, 1]);
  });

  it("filters, and refuses filters that it does not know", async () => {
    const { items } = await audit();
    const [last, , first] = items;
    const seqs = async (query: string) => (await audit(query)).items.map(({ seq }) => seq);
    expect(await seqs(`?subject=${last!.subjectId}`)).toEqual([3]);
    expect(await seqs(`?actor=${owner}&account=${owner}&kind=file.stored`)).toEqual([3, 2, 1]);
    expect(await seqs("?kind=file.removed")).toEqual([]);
    expect(await seqs(`?to=${first!.at}`)).toEqual([]);
    const aMinuteOn = new Date(Date.now() + 60_000).toISOString();
    expect(await seqs(`?from=${first!.at}&to=${aMinuteOn}`)).toEqual([3, 2, 1]);
    for (const query of ["?who=me", "?from=yesterday", "?limit=0", "?cursor=x"])
      expect((await server.ask({ path: `/audit${query}` })).status).toBe(400);
    expect((await server.ask({ path: "/audit", token: null })).status).toBe(401);
  });

  it("is not for everybody", async () => {
    const app: FastifyInstance = Fastify();
    app.setValidatorCompiler(validatorCompiler);
    app.setSerializerCompiler(() => JSON.stringify);
    app.setErrorHandler(handleError);
    app.decorateRequest("account", undefined);
    app.addHook("onRequest", async (request) => {
      request.account = { id: "me", name: "", quotaBytes: null, usedBytes: 0, reservedBytes: 0 };
    });
    const events = { audit: () => Promise.resolve({ items: [], nextCursor: null }) };
    registerAudit(app, { events, mayReadAudit: ({ id }) => id !== "me" });
    const answer = await app.inject("/audit");
    expect(answer.statusCode).toBe(403);
    expect(answer.json()).toMatchObject({ code: "not-allowed", what: "audit" });
    await app.close();
  });
});
