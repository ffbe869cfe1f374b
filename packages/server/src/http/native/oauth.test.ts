/** Signing in with GitHub and QQ, as far as look-alikes of them go. A real OpenID provider is in the acceptance tests. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openBrowser, type Browser } from "../testing/browser.ts";
import { client, startLookAlike, type LookAlike } from "../testing/look-alikes.ts";
import { logIn, signUpInvited } from "../testing/people.ts";
import { startServer, type TestServer } from "../testing/server.ts";

let site: LookAlike;
let open: TestServer;
let invited: TestServer;
beforeAll(async () => {
  site = await startLookAlike();
  const oauthProviders = (["github", "qq"] as const).map((kind) => ({
    id: kind,
    kind,
    baseUrl: site.url,
    ...client,
  }));
  open = await startServer({ oauthProviders, signup: "open" });
  invited = await startServer({ oauthProviders });
});
afterAll(async () => {
  await open[Symbol.asyncDispose]();
  await invited[Symbol.asyncDispose]();
  await site[Symbol.asyncDispose]();
});
beforeEach(() => {
  site.audience = client.clientId;
});

const api = (server: TestServer) => `http://127.0.0.1:${server.port}/api/v1`;
const page = /^http:\/\/127\.0\.0\.1:\d+\/(?!api|login\/oauth|oauth2)/;
const signIn = async (
  server: TestServer,
  { browser = openBrowser(), provider = "qq", returnTo = "/welcome" } = {},
) => {
  const start = `${api(server)}/auth/oauth/${provider}?returnTo=${encodeURIComponent(returnTo)}`;
  const { url, response } = await browser.follow(start, page);
  const me = await browser.get(`${api(server)}/me`);
  const user = me.status === 200 ? ((await me.json()) as { id: string; name: string }) : undefined;
  return { browser, landed: new URL(url).pathname + new URL(url).search, response, user };
};
/** The address that the provider sends back to, not yet visited. */
const halfWay = async (server: TestServer, browser: Browser, provider = "qq") => {
  const { url } = await browser.follow(`${api(server)}/auth/oauth/${provider}`, /\/callback\?/);
  return url;
};
const statusAndCode = async (response: Response) => [
  response.status,
  ((await response.json()) as { code: string }).code,
];

describe.each(["github", "qq"])("signing in with %s", (provider) => {
  it("makes an account the first time, and finds it again whatever the person is called then", async () => {
    site.person = { id: "4711", name: "Ünal 三板" };
    const first = await signIn(open, { provider });
    expect(first.landed).toBe("/welcome");
    expect(first.user).toMatchObject({ role: "member", hasPassword: false });
    expect(first.user?.name).toMatch(/^Ünal三板/);
    site.person = { id: "4711", name: "renamed" };
    expect((await signIn(open, { provider })).user).toEqual(first.user);
    site.person = { id: "4712", name: "Ünal 三板" };
    const twin = await signIn(open, { provider });
    expect(twin.user?.id).not.toBe(first.user?.id);
  });

  it("makes none where accounts are by invitation, and says so on a page", async () => {
    site.person = { id: "1", name: "stranger" };
    const { landed, user } = await signIn(invited, { provider });
    expect([landed, user]).toEqual(["/login?error=signup-closed", undefined]);
  });

  it("says so when the person refuses", async () => {
    site.person = null;
    const { landed, user } = await signIn(open, { provider });
    expect([landed, user]).toEqual(["/login?error=provider-failed", undefined]);
  });
});

it("takes an invitation, once", async () => {
  const made = await invited.ask({
    method: "POST",
    path: "/admin/invitations",
    json: { role: "guest" },
  });
  const invitation = String(made.json()["token"]);
  const come = async (id: string) => {
    site.person = { id, name: `guest-${id}` };
    const browser = openBrowser();
    const begun = await browser.get(`${api(invited)}/auth/oauth/qq`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ invitation }),
    });
    const { url } = (await begun.json()) as { url: string };
    return new URL((await browser.follow(url, page)).url);
  };
  expect((await come("71")).pathname).toBe("/");
  expect((await come("72")).search).toBe("?error=link-invalid");
});

it("links to the account that asks, and unlinks while there is another way in", async () => {
  const bo = await signUpInvited(invited, { name: "bo" });
  site.person = { id: "800", name: "bo at qq" };
  const browser = openBrowser();
  const begun = await browser.get(`${api(invited)}/me/identities/qq`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      authorization: `Bearer ${bo.accessToken}`,
    },
    body: JSON.stringify({ returnTo: "/settings" }),
  });
  const { url } = (await begun.json()) as { url: string };
  expect((await browser.follow(url, page)).url).toMatch(/\/settings$/);
  expect((await signIn(invited)).user?.id).toBe(bo.id);

  const thief = await signUpInvited(invited, { name: "thief" });
  const again = openBrowser();
  const stolen = await again.get(`${api(invited)}/me/identities/qq`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      authorization: `Bearer ${thief.accessToken}`,
    },
    body: "{}",
  });
  const taken = await again.follow(((await stolen.json()) as { url: string }).url, page);
  expect(taken.url).toMatch(/\/login\?error=identity-taken$/);

  const list = (await bo.ask({ path: "/me/identities" })).json()["items"] as { id: string }[];
  expect(list).toMatchObject([{ provider: "qq", name: "bo at qq" }]);
  const path = `/me/identities/${list[0]!.id}`;
  expect((await thief.ask({ method: "DELETE", path })).status).toBe(404);
  expect((await bo.ask({ method: "DELETE", path })).status).toBe(204);
  expect((await signIn(invited)).landed).toBe("/login?error=signup-closed");
});

it("keeps the only way in", async () => {
  site.person = { id: "900", name: "only-qq" };
  const { browser } = await signIn(open);
  const listed = await browser.get(`${api(open)}/me/identities`);
  const { items } = (await listed.json()) as { items: { id: string }[] };
  const unlinked = await browser.get(`${api(open)}/me/identities/${items[0]!.id}`, {
    method: "DELETE",
  });
  expect(await statusAndCode(unlinked)).toEqual([409, "last-sign-in"]);
});

it("lets nobody in whose account is disabled", async () => {
  site.person = { id: "950", name: "gone" };
  const { user } = await signIn(open);
  await open.ask({ method: "PATCH", path: `/admin/users/${user!.id}`, json: { disabled: true } });
  expect((await signIn(open)).landed).toBe("/login?error=account-disabled");
});

it("links nothing any more when the session that began it has ended, or the password was reset", async () => {
  const eva = await signUpInvited(invited, { name: "eva" });
  const begin = async (accessToken: string) => {
    const browser = openBrowser();
    const headers = { "content-type": "application/json", authorization: `Bearer ${accessToken}` };
    const to = `${api(invited)}/me/identities/qq`;
    const begun = await browser.get(to, { method: "POST", headers, body: "{}" });
    const { url } = (await begun.json()) as { url: string };
    return { browser, callback: (await browser.follow(url, /\/callback\?/)).url };
  };
  site.person = { id: "thief", name: "thief" };
  const first = await begin(eva.accessToken);
  const sessions = (await eva.ask({ path: "/me/sessions" })).json()["items"] as { id: string }[];
  await eva.ask({ method: "DELETE", path: `/me/sessions/${sessions[0]!.id}` });
  expect((await first.browser.get(first.callback)).status).toBe(400);
  const second = await begin((await logIn(invited, { name: "eva" })).accessToken);
  const path = `/admin/users/${eva.id}/reset-link`;
  const offer = await invited.ask({ method: "POST", path });
  const json = { token: offer.json()["token"], password: "another one altogether" };
  await invited.ask({ method: "POST", path: "/auth/reset", json, token: null });
  expect((await second.browser.get(second.callback)).status).toBe(400);
});

it("lets nobody fill the table of beginnings", async () => {
  const own = await startServer({
    oauthProviders: [{ id: "qq", kind: "qq", baseUrl: site.url, ...client }],
  });
  const statuses = new Set<number>();
  const path = "/auth/oauth/qq";
  for (let i = 0; i < 110; i++) statuses.add((await own.ask({ path, token: null })).status);
  expect([...statuses]).toEqual([302, 429]);
  await own[Symbol.asyncDispose]();
});

describe("an answer from a provider", () => {
  beforeEach(() => {
    site.person = { id: "5", name: "five" };
  });

  it("answers 400 without a state, with a made-up one, and without the browser's cookie", async () => {
    const browser = openBrowser();
    const good = await halfWay(open, browser);
    const without = new URL(good);
    without.searchParams.delete("state");
    const madeUp = new URL(good);
    madeUp.searchParams.set("state", "A".repeat(43));
    for (const url of [without.href, madeUp.href])
      expect(await statusAndCode(await browser.get(url))).toEqual([400, "oauth-state-invalid"]);
    expect(await statusAndCode(await openBrowser().get(good))).toEqual([
      400,
      "oauth-state-invalid",
    ]);
  });

  it("answers 400 in another's browser, and is then spent", async () => {
    const [attacker, victim] = [openBrowser(), openBrowser()];
    const planted = await halfWay(open, attacker);
    await halfWay(open, victim);
    expect((await victim.get(planted)).status).toBe(400);
    expect((await victim.get(`${api(open)}/me`)).status).toBe(401);
    expect((await attacker.get(planted)).status).toBe(400);
  });

  it("answers 400 the second time", async () => {
    const browser = openBrowser();
    const url = await halfWay(open, browser);
    expect((await browser.get(url)).status).toBe(302);
    expect((await browser.get(url)).status).toBe(400);
  });

  it("answers 400 at another provider's address", async () => {
    const browser = openBrowser();
    const url = await halfWay(open, browser);
    const crossed = url.replace("/oauth/qq/", "/oauth/github/");
    expect(await statusAndCode(await browser.get(crossed))).toEqual([400, "oauth-state-invalid"]);
  });

  it("is not believed with another's code, or a token of another client", async () => {
    const browser = openBrowser();
    const url = new URL(await halfWay(open, browser));
    url.searchParams.set("code", "f".repeat(64));
    expect((await browser.get(url.href)).headers.get("location")).toBe(
      "/login?error=provider-failed",
    );
    site.audience = "another-client";
    expect((await signIn(open)).landed).toBe("/login?error=provider-failed");
  });
});

it.each([
  "https://elsewhere.example",
  "//elsewhere.example",
  "/\\elsewhere.example",
  "\\\\elsewhere.example",
  "/\t/elsewhere.example",
  "javascript:alert(1)",
  "relative",
  "",
  "/a\r\nset-cookie: x=1",
  "/a\\b",
])("refuses to return to %j", async (returnTo) => {
  const query = new URLSearchParams({ returnTo }).toString();
  const answer = await openBrowser().get(`${api(open)}/auth/oauth/qq?${query}`);
  expect(answer.status).toBe(400);
});

it("knows no other provider, and names those it has", async () => {
  expect((await openBrowser().get(`${api(open)}/auth/oauth/none`)).status).toBe(404);
  const options = await openBrowser().get(`${api(open)}/auth/options`);
  expect(await options.json()).toMatchObject({
    providers: [
      { id: "github", label: "GitHub" },
      { id: "qq", label: "QQ" },
    ],
  });
});
