/** Who may say where a request comes from. */
import { describe, expect, it } from "vitest";
import type { Settings } from "../../config/settings.ts";
import { goodPassword, signUpInvited } from "../testing/people.ts";
import type { RawAnswer } from "../testing/raw.ts";
import { startServer, type TestServer } from "../testing/server.ts";

const forwarded = {
  "x-forwarded-for": "9.9.9.9, 203.0.113.7",
  "x-forwarded-proto": "https",
  "x-forwarded-host": "evil.example",
};
type Headers = Record<string, string>;

const logIn = (
  server: TestServer,
  { headers, password = goodPassword }: { headers: Headers; password?: string },
): Promise<RawAnswer> => {
  const json = { name: "ann", password, cookies: true };
  return server.ask({ method: "POST", path: "/auth/login", json, headers, token: null });
};
/** Where the audit log says that somebody signed in from last. */
const lastAddress = async (server: TestServer): Promise<unknown> => {
  const answer = await server.ask({ path: "/audit?kind=account.signed-in&limit=1" });
  const [event] = answer.json()["items"] as { actor: { address: string } }[];
  return event?.actor.address;
};
const startWithAnn = async (settings: Partial<Settings>): Promise<TestServer> => {
  const server = await startServer(settings);
  await signUpInvited(server, { name: "ann" });
  return server;
};
const inviteUrl = async (server: TestServer, headers: Headers): Promise<string> => {
  const answer = await server.ask({
    method: "POST",
    path: "/admin/invitations",
    json: {},
    headers,
  });
  return String(answer.json()["url"]);
};

describe.each([
  ["by default", {}],
  ["where another proxy is trusted", { trustProxy: ["10.0.0.0/8", "fd00::1"] }],
])("forwarded headers, %s", (_when, settings) => {
  it("are nobody's word: address, TLS and limits go by the connection", async () => {
    await using server = await startWithAnn(settings);
    const answer = await logIn(server, { headers: forwarded });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("set-cookie")).toMatch(/^sampan_(?!.*secure)/i);
    expect(await lastAddress(server)).toBe("127.0.0.1");
    expect(await inviteUrl(server, forwarded)).toMatch(/^http:\/\/localhost\//);
    const statuses = [];
    for (let i = 0; i < 11; i++) {
      const headers = { "x-forwarded-for": `203.0.113.${i}` };
      statuses.push((await logIn(server, { headers, password: "wrong wrong" })).status);
    }
    expect(statuses).toEqual([...Array<number>(10).fill(401), 429]);
  });
});

describe("forwarded headers of a proxy that is trusted", () => {
  const settings = { trustProxy: ["127.0.0.1", "192.0.2.0/24"] };

  it("say the address, behind the last proxy of ours, and TLS; never the host", async () => {
    await using server = await startWithAnn(settings);
    const answer = await logIn(server, { headers: forwarded });
    expect(answer.headers.get("set-cookie")).toMatch(/^__Host-sampan_.*; Secure/);
    expect(await lastAddress(server)).toBe("203.0.113.7");
    expect(await inviteUrl(server, forwarded)).toMatch(/^https:\/\/localhost\//);
    const through = { "x-forwarded-for": "203.0.113.8, 192.0.2.5" };
    await logIn(server, { headers: through });
    expect(await lastAddress(server)).toBe("203.0.113.8");
    await logIn(server, { headers: { "x-forwarded-for": "::ffff:203.0.113.9" } });
    expect(await lastAddress(server)).toBe("203.0.113.9");
  });

  it("count attempts by that address", async () => {
    await using server = await startWithAnn(settings);
    const wrong = async (from: string): Promise<number> => {
      const headers = { "x-forwarded-for": from };
      return (await logIn(server, { headers, password: "wrong wrong" })).status;
    };
    for (let i = 0; i < 10; i++) expect(await wrong("203.0.113.1")).toBe(401);
    expect(await wrong("203.0.113.1")).toBe(429);
    // What the client itself wrote in front does not help.
    expect(await wrong("198.51.100.1, 203.0.113.1")).toBe(429);
    expect(await wrong("203.0.113.2")).toBe(401);
  });

  it.each(["unknown", "a<script>", "1.2.3.4:5678", "", "203.0.113.7, _hidden"])(
    "are no address when they are not: %j",
    async (text) => {
      await using server = await startWithAnn(settings);
      await logIn(server, { headers: { "x-forwarded-for": text } });
      expect(await lastAddress(server)).toBe("127.0.0.1");
    },
  );
});
