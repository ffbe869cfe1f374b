/** People of a server under test, who sign in with a name and a password. */
import { send } from "./http.ts";
import type { Server, Target } from "./server.ts";

export interface Person {
  readonly name: string;
  readonly password: string;
}

/** Gives the owner a name, as the link of the first start allows once. */
export async function nameOwner(server: Server, person: Person): Promise<void> {
  const token = new URL(server.setUpLink).hash.slice(1);
  await post(server, "/auth/setup", { token, ...person });
}

/** An account of its own, by invitation or where everybody may sign up; the target speaks in its name for a quarter of an hour. */
export async function addPerson(
  server: Target,
  person: Person & { readonly invitation?: string },
): Promise<Target> {
  const { accessToken } = await post(server, "/auth/signup", person);
  return { url: server.url, token: accessToken };
}

async function post(server: Target, path: string, body: object): Promise<{ accessToken: string }> {
  const answer = await send(server, {
    method: "POST",
    path: `/api/v1${path}`,
    token: null,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (answer.status !== 201) throw new Error(`${path} answered ${answer.status}: ${answer.text}`);
  return JSON.parse(answer.text) as { accessToken: string };
}
