/** Links that leave the server are made of the request's `Host`, which is whatever its sender wrote. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startServer, type TestServer } from "../testing/server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const invite = (host: string) =>
  server.ask({ method: "POST", path: "/admin/invitations", json: {}, headers: { host } });

describe("the server's own address", () => {
  it.each(["localhost", "drive.example:8080", "127.0.0.1:1", "[::1]:18101"])(
    "is what the request says: %s",
    async (host) => {
      const answer = await invite(host);
      expect(answer.status).toBe(201);
      expect(answer.json()["url"]).toMatch(`http://${host}/invite#`);
    },
  );

  it.each([
    "[",
    "a b",
    "%",
    "a:b:c",
    "a:99999",
    "evil.example/path?",
    "a@evil.example",
    "a\\b",
    "<script>",
    "1.2.3.256",
  ])("is not made of a Host that is none: %s", async (host) => {
    expect((await invite(host)).status).toBe(400);
    const path = "/auth/oauth/company/callback?state=a&code=b";
    const answer = await server.ask({ path, headers: { host }, token: null });
    expect(answer.json()).toMatchObject({ status: 400, field: "Host" });
  });
});
