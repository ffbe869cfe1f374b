/** Members of a Sampan that is open to all. */
import { ask, expectStatus, parseObject } from "./http.ts";
import type { Server } from "./peers/contender.ts";

export const openSignup = { SAMPAN_SIGNUP: "open" };
export const password = "a long enough passphrase 4711";

/** The headers of a request of theirs. */
export async function signUp(server: Server, name: string): Promise<Record<string, string>> {
  const answer = await ask(server.url, {
    method: "POST",
    path: "/api/v1/auth/signup",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ name, password }),
  });
  expectStatus(answer, 201);
  return { Authorization: `Bearer ${String(parseObject(answer.body)["accessToken"])}` };
}
