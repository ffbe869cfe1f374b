import { chmod, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { newId } from "../core/ids.ts";
import { openFolder } from "../core/testing/engine.ts";
import { WeakKeyError } from "./key-file.ts";
import { createJwtAccessTokens } from "./jwt-access-tokens.ts";
import { openSigningKeys } from "./signing-keys.ts";

const day = 24 * 3_600_000;

describe("signing keys", () => {
  let folder: Awaited<ReturnType<typeof openFolder>>;
  let now = Date.UTC(2030, 0, 1);
  const clock = { now: () => now };
  beforeEach(async () => {
    folder = await openFolder();
  });
  afterEach(() => folder[Symbol.asyncDispose]());

  const open = () => openSigningKeys({ folder: folder.path, clock });
  const path = () => join(folder.path, "signing.keys");
  const claims = () => ({ accountId: newId(), sessionId: newId(), lifetimeMs: 900_000 });

  it("are made once, for their owner only, and found again", async () => {
    const first = await open();
    const token = await createJwtAccessTokens({ keys: first, clock }).issue(claims());
    const again = await open();
    expect(await createJwtAccessTokens({ keys: again, clock }).verify(token)).toBeDefined();
    expect(again.refreshKey()).toEqual(first.refreshKey());
    expect((await stat(path())).mode & 0o777).toBe(0o600);
  });

  it("are replaced after 30 days, and verify what they signed until nothing of it can count", async () => {
    const keys = await open();
    const tokens = createJwtAccessTokens({ keys, clock });
    const { refreshKey } = keys;
    const before = refreshKey();
    now += 30 * day - 1;
    await keys.rotate();
    const old = await tokens.issue(claims());
    now += 1;
    await keys.rotate();
    const fresh = await tokens.issue(claims());
    expect(fresh.split(".")[0]).not.toBe(old.split(".")[0]);
    expect(await tokens.verify(old)).toMatchObject({ isExpired: false });
    now += 30 * day;
    await keys.rotate();
    expect(await tokens.verify(old)).toMatchObject({ isExpired: true });
    now += 30 * day;
    await keys.rotate();
    expect(await tokens.verify(old)).toBeUndefined();
    expect(refreshKey()).toEqual(before);
    const reopened = createJwtAccessTokens({ keys: await open(), clock });
    expect(await reopened.verify(await tokens.issue(claims()))).toBeDefined();
  });

  it("are refused when others can read them", async () => {
    await open();
    await chmod(path(), 0o640);
    await expect(open()).rejects.toThrow(/mode 0600/);
  });

  it.each<[string, (file: { refreshKey: string; keys: { secret: string }[] }) => unknown]>([
    ["a short secret", (file) => (file.keys[0]!.secret = "c2hvcnQ")],
    ["zeros", (file) => (file.keys[0]!.secret = Buffer.alloc(32).toString("base64url"))],
    [
      "a repeated word",
      (file) => (file.refreshKey = Buffer.from("secret".repeat(8)).toString("base64url")),
    ],
    ["no keys", (file) => (file.keys = [])],
    ["a key without a secret", (file) => (file.keys = [{} as { secret: string }])],
  ])("are refused when they are weak: %s", async (_what, weaken) => {
    await open();
    const file = JSON.parse(await readFile(path(), "utf8")) as Parameters<typeof weaken>[0];
    weaken(file);
    await writeFile(path(), JSON.stringify(file));
    const error = await open().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(WeakKeyError);
    expect((error as Error).message).not.toMatch(/\n/);
  });

  it("are refused when the file is none of theirs", async () => {
    await open();
    for (const text of ["", "{", "null", "[]", '{"keys":5}']) {
      await writeFile(path(), text);
      await expect(open(), text).rejects.toBeInstanceOf(WeakKeyError);
    }
  });

  it("follow from a secret that several servers share", async () => {
    const shared = (fixedSecret: string) =>
      openSigningKeys({ folder: folder.path, clock, fixedSecret });
    const one = createJwtAccessTokens({ keys: await shared("a".repeat(32)), clock });
    const two = createJwtAccessTokens({ keys: await shared("a".repeat(32)), clock });
    const other = createJwtAccessTokens({ keys: await shared("b".repeat(32)), clock });
    const token = await one.issue(claims());
    expect(await two.verify(token)).toBeDefined();
    expect(await other.verify(token)).toBeUndefined();
  });
});
