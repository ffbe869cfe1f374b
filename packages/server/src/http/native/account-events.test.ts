/** What the audit log says of people: each fact once, who did it and from where, and never a secret. */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { generateSync } from "otplib/functional";
import { expect, it } from "vitest";
import { goodPassword, logIn, signUpInvited, tryLogIn } from "../testing/people.ts";
import { startServer, type TestServer } from "../testing/server.ts";

const owner = "00000000-0000-7000-8000-000000000000";

interface Row {
  readonly kind: string;
  readonly account_id: string;
  readonly actor_id: string | null;
  readonly address: string | null;
  readonly data: string;
}

function readEvents(server: TestServer): Row[] {
  using database = new DatabaseSync(join(server.folder, "sampan.db"), { readOnly: true });
  return database.prepare("select * from events order by seq").all() as unknown as Row[];
}

it("records every change to an account, in order", async () => {
  await using server = await startServer();
  const bo = await signUpInvited(server, { name: "bo" });
  await tryLogIn(server, { name: "bo", password: "wrong wrong" });
  await tryLogIn(server, { name: "nobody", password: "wrong wrong" });
  const phone = await logIn(server, { name: "bo" });
  await phone.ask({ method: "POST", path: "/auth/logout" });
  const call = (path: string, json: unknown, method = "POST") => bo.ask({ method, path, json });
  const token = await call("/me/tokens", { name: "t", scopes: ["files:read"] });
  await bo.ask({ method: "DELETE", path: `/me/tokens/${String(token.json()["id"])}` });
  const newPassword = "another good password";
  await call("/me/password", { currentPassword: goodPassword, newPassword }, "PUT");
  const { secret } = (await call("/me/totp", { password: newPassword })).json();
  const confirmed = await call("/me/totp/confirm", {
    code: generateSync({ secret: String(secret) }),
  });
  const [totp = ""] = confirmed.json()["recoveryCodes"] as string[];
  await logIn(server, { name: "bo", password: newPassword, totp });
  await call("/me/totp/recovery-codes", { password: newPassword });
  await call("/me/totp/disable", { password: newPassword });
  const admin = (method: string, path: string, json?: unknown) =>
    server.ask({ method, path, ...(json === undefined ? {} : { json }) });
  const path = `/admin/users/${bo.id}`;
  await admin("PATCH", path, { role: "admin", quotaBytes: 9 });
  await admin("PATCH", path, { role: "admin" });
  await admin("PATCH", path, { disabled: true });
  await admin("PATCH", path, { disabled: false });
  const offer = await admin("POST", `${path}/reset-link`);
  const reset = { token: String(offer.json()["token"]), password: goodPassword };
  await server.ask({ method: "POST", path: "/auth/reset", json: reset, token: null });
  const invited = await admin("POST", "/admin/invitations", {});
  const { id } = invited.json()["invitation"] as { id: string };
  await admin("DELETE", `/admin/invitations/${id}`);

  const events = readEvents(server);
  const byWhom = events.map(({ kind, account_id, actor_id }) => {
    const name = (who: string | null) => (who === owner ? "owner" : who === bo.id ? "bo" : who);
    return `${kind} ${name(account_id)} by ${name(actor_id)}`;
  });
  expect(byWhom).toEqual([
    "invitation.created owner by owner",
    "account.signed-up bo by bo",
    "account.signed-in bo by bo",
    "account.sign-in-failed bo by null",
    "account.sign-in-failed owner by null",
    "account.signed-in bo by bo",
    "account.signed-out bo by bo",
    "token.created bo by bo",
    "token.revoked bo by bo",
    "account.password-changed bo by bo",
    "account.totp-enabled bo by bo",
    "account.recovery-code-used bo by bo",
    "account.signed-in bo by bo",
    "account.recovery-codes-made bo by bo",
    "account.totp-disabled bo by bo",
    "account.role-changed bo by owner",
    "account.quota-changed bo by owner",
    "account.disabled bo by owner",
    "session.revoked bo by owner",
    "session.revoked bo by owner",
    "account.enabled bo by owner",
    "account.reset-offered bo by owner",
    "account.password-reset bo by bo",
    "invitation.created owner by owner",
    "invitation.revoked owner by owner",
  ]);
  expect(new Set(events.map(({ address }) => address))).toEqual(new Set(["127.0.0.1"]));
  const text = JSON.stringify(events);
  for (const secretText of [goodPassword, newPassword, String(secret), totp, reset.token])
    expect(text).not.toContain(secretText);
});
