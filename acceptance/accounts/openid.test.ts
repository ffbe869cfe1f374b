/** Third-party sign-in against an unmodified OpenID provider, which checks the client as strictly as the client checks it. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openCookieBrowser, type CookieBrowser } from "../src/cookie-browser.ts";
import { startOpenIdProvider, type OpenIdProvider } from "../src/openid-provider.ts";
import { isRemote, useServer } from "../src/server.ts";

describe.skipIf(isRemote)("signing in with an OpenID provider", () => {
  let provider: OpenIdProvider;
  const settings: Record<`SAMPAN_${string}`, string> = { SAMPAN_SIGNUP: "open" };
  const client = { id: "sampan", secret: "a secret/of+this test" };
  beforeAll(async () => {
    provider = await startOpenIdProvider();
    settings["SAMPAN_OAUTH_PROVIDERS"] = JSON.stringify([
      {
        id: "company",
        label: "The company",
        issuer: provider.issuer,
        clientId: client.id,
        clientSecret: client.secret,
      },
    ]);
  });
  const server = useServer(settings);
  const api = () => `${server.url}/api/v1`;
  beforeAll(() =>
    provider.serve({ ...client, redirectUri: `${api()}/auth/oauth/company/callback` }),
  );
  afterAll(() => provider[Symbol.asyncDispose]());
  beforeEach(() => {
    provider.person = { sub: "u-1", preferred_username: "mei", email: "mei@example.com" };
  });

  const page = () => new RegExp(`^${server.url}/(?!api/)`);
  const signIn = async (browser: CookieBrowser = openCookieBrowser()) => {
    const landed = await browser.follow(`${api()}/auth/oauth/company?returnTo=/drive`, page());
    const me = await browser.get(`${api()}/me`);
    const user = (await me.json()) as { id?: string; name?: string };
    return { browser, landed: landed.slice(server.url.length), user, status: me.status };
  };
  const callbackOf = (browser: CookieBrowser) =>
    browser.follow(`${api()}/auth/oauth/company`, /\/callback\?/);

  it("makes an account, signs in to it, and finds it again", async () => {
    const first = await signIn();
    expect([first.landed, first.status]).toEqual(["/drive", 200]);
    expect(first.user).toMatchObject({ name: "mei", role: "member", hasPassword: false });
    expect((await signIn()).user.id).toBe(first.user.id);
  });

  it("keeps apart who has the same e-mail address, verified or not", async () => {
    const mine = await signIn();
    for (const email_verified of [false, true]) {
      provider.person = {
        sub: `impostor-${String(email_verified)}`,
        preferred_username: "mei",
        email: "mei@example.com",
        email_verified,
      };
      const theirs = await signIn();
      expect(theirs.status).toBe(200);
      expect(theirs.user.id).not.toBe(mine.user.id);
    }
  });

  it("says on a page that the person refused", async () => {
    provider.person = null;
    const { landed, status } = await signIn();
    expect([landed, status]).toEqual(["/login?error=provider-failed", 401]);
  });

  it("refuses an answer with no state, another's, or one that was given before", async () => {
    const [mine, other] = [openCookieBrowser(), openCookieBrowser()];
    const url = await callbackOf(mine);
    const stateless = new URL(url);
    stateless.searchParams.delete("state");
    await callbackOf(other);
    for (const [browser, asked] of [
      [openCookieBrowser(), url],
      [mine, stateless.href],
    ] as const) {
      const answer = await browser.get(asked);
      expect([answer.status, await answer.json()]).toMatchObject([
        400,
        { code: "oauth-state-invalid" },
      ]);
    }
    expect((await mine.get(url)).status).toBe(302);
    expect((await mine.get(url)).status).toBe(400);
    expect((await other.get(url)).status).toBe(400);
  });

  it("believes no answer that another issuer claims to have sent", async () => {
    const browser = openCookieBrowser();
    const url = new URL(await callbackOf(browser));
    url.searchParams.set("iss", "http://elsewhere.example");
    const answer = await browser.get(url.href);
    expect(answer.headers.get("location")).toBe("/login?error=provider-failed");
  });

  it("survives a restart between leaving and coming back", async () => {
    const browser = openCookieBrowser();
    const url = await callbackOf(browser);
    await server.kill();
    await server.start();
    const answer = await browser.get(url);
    expect([answer.status, answer.headers.get("location")]).toEqual([302, "/"]);
    expect((await browser.get(`${api()}/me`)).status).toBe(200);
  });
});
