/** People for tests: signed up, signed in, and what they then ask. */
import type { RawAnswer } from "./raw.ts";
import type { Ask, TestServer } from "./server.ts";

export interface Person {
  readonly id: string;
  readonly name: string;
  readonly password: string;
  readonly accessToken: string;
  readonly refreshToken: string;
  ask(ask: Ask): Promise<RawAnswer>;
}

export const goodPassword = "correct horse battery staple";

/** Invited by the owner, and signed up. */
export async function signUpInvited(
  server: TestServer,
  { name, role = "member" }: { name: string; role?: "admin" | "member" | "guest" },
): Promise<Person> {
  const invited = await post(server, { path: "/admin/invitations", json: { role } });
  const invitation = String(invited.json()["token"]);
  const json = { name, password: goodPassword, invitation };
  return toPerson(server, await post(server, { path: "/auth/signup", json, token: null }));
}

export async function logIn(
  server: TestServer,
  { name, password = goodPassword, totp }: { name: string; password?: string; totp?: string },
): Promise<Person> {
  const json = { name, password, ...(totp === undefined ? {} : { totp }) };
  return toPerson(server, await post(server, { path: "/auth/login", json, token: null }));
}

export function tryLogIn(
  server: TestServer,
  json: { name: string; password: string; totp?: string },
): Promise<RawAnswer> {
  return server.ask({ method: "POST", path: "/auth/login", json, token: null });
}

async function post(server: TestServer, ask: Ask): Promise<RawAnswer> {
  const answer = await server.ask({ method: "POST", ...ask });
  if (answer.status < 200 || answer.status > 299)
    throw new Error(`POST ${ask.path} answered ${answer.status}: ${answer.text}`);
  return answer;
}

function toPerson(server: TestServer, answer: RawAnswer): Person {
  const { accessToken, refreshToken, user } = answer.json() as {
    accessToken: string;
    refreshToken: string;
    user: { id: string; name: string };
  };
  return {
    id: user.id,
    name: user.name,
    password: goodPassword,
    accessToken,
    refreshToken,
    ask: (ask) => server.ask({ token: accessToken, ...ask }),
  };
}
