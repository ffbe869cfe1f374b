/** Hostile inputs: the drive. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startServer, type TestServer } from "../testing/server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());

describe("a tag", () => {
  it.each([
    ["NUL", "a\0b"],
    ["a line end", "a\r\nb"],
    ["a right-to-left override", "a\u202eb"],
    ["half a surrogate pair", "a\ud800"],
    ["blanks only", "  "],
    ["101 characters", "a".repeat(101)],
  ])("is refused with %s, and the rest of the change with it", async (_why, tag) => {
    const made = await server.ask({ method: "POST", path: "/folders", json: { path: _why } });
    const path = `/nodes/${String(made.json()["id"])}`;
    const json = { name: "renamed", tags: ["fine", tag] };
    const answer = await server.ask({ method: "PATCH", path, json });
    expect(answer.json()).toMatchObject({ status: 400, code: "invalid-request" });
    expect((await server.ask({ path })).json()).toMatchObject({ name: _why, tags: [] });
  });

  it("may be in any script, with joined emoji", async () => {
    const made = await server.ask({ method: "POST", path: "/folders", json: { path: "x" } });
    const path = `/nodes/${String(made.json()["id"])}`;
    const tags = ["\u4e09\u677f", "\u{1f468}\u200d\u{1f469}\u200d\u{1f467}"];
    const answer = await server.ask({ method: "PATCH", path, json: { tags } });
    expect(answer.json()).toMatchObject({ tags: expect.arrayContaining(tags) as string[] });
  });
});
