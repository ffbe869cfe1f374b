import { describe, expect, it } from "vitest";
import { createSession, type SessionTokens } from "./session.ts";
import type { Transport } from "./transport.ts";

const base = { url: "http://server.example" };
const start: SessionTokens = { accessToken: "a0", refreshToken: "r0", expiresAt: 1_000_000 };
const problem = (status: number, code: string) =>
  new Response(JSON.stringify({ status, code }), { status });

/** Answers refreshes with the next pair; fails as often as it is told to. */
function fakeServer() {
  const state = { used: [] as string[], fail: [] as (() => Response)[] };
  const transport: Transport = async ({ url, body }) => {
    expect(url).toBe("http://server.example/api/v1/auth/refresh");
    const [bytes] = body!.content as [Uint8Array<ArrayBuffer>];
    state.used.push(
      (JSON.parse(new TextDecoder().decode(bytes)) as { refreshToken: string }).refreshToken,
    );
    const failure = state.fail.shift();
    if (failure) return failure();
    const number = state.used.length;
    const answer = { accessToken: `a${number}`, refreshToken: `r${number}`, expiresIn: 900 };
    return new Response(JSON.stringify(answer));
  };
  return { state, transport };
}

describe("a session", () => {
  it("refreshes shortly before the access token ends, once for all who ask", async () => {
    const { state, transport } = fakeServer();
    let time = 0;
    const kept: SessionTokens[] = [];
    const session = createSession({
      ...base,
      transport,
      tokens: start,
      now: () => time,
      onTokens: (tokens) => void kept.push(tokens),
    });
    expect(await session.token()).toBe("a0");
    time = 939_999;
    expect(await session.token()).toBe("a0");
    time = 940_000;
    const asked = await Promise.all([session.token(), session.token(), session.token()]);
    expect(asked).toEqual(["a1", "a1", "a1"]);
    expect(state.used).toEqual(["r0"]);
    expect(kept).toEqual([{ accessToken: "a1", refreshToken: "r1", expiresAt: 940_000 + 900_000 }]);
    time += 900_000;
    expect(await session.token()).toBe("a2");
    expect(state.used).toEqual(["r0", "r1"]);
  });

  it("asks again with the same token when the answer is lost, and not when it is over", async () => {
    const { state, transport } = fakeServer();
    state.fail = [() => problem(503, "writes-stopped")];
    const retry = { baseMs: 1, capMs: 1 };
    const session = createSession({
      ...base,
      transport,
      tokens: start,
      retry,
      now: () => 2_000_000,
    });
    expect(await session.token()).toBe("a2");
    expect(state.used).toEqual(["r0", "r0"]);
    state.fail = [() => problem(401, "unauthenticated")];
    await expect(session.refresh()).rejects.toMatchObject({ code: "unauthenticated" });
    expect(session.tokens.refreshToken).toBe("r2");
  });

  it("does not use a pair that could not be kept", async () => {
    const { state, transport } = fakeServer();
    const session = createSession({
      ...base,
      transport,
      tokens: start,
      now: () => 2_000_000,
      onTokens: () => Promise.reject(new Error("no room")),
    });
    await expect(session.token()).rejects.toThrow("no room");
    expect(session.tokens).toEqual(start);
    await expect(session.token()).rejects.toThrow("no room");
    expect(state.used).toEqual(["r0", "r0"]);
  });
});
