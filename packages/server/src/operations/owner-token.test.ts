import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openFolder } from "../core/testing/engine.ts";
import { keepOwnerToken, readOwnerToken } from "./owner-token.ts";

describe("the owner's token", () => {
  it("is absent at first, then what was kept last, readable by its owner only", async () => {
    await using folder = await openFolder();
    expect(await readOwnerToken(folder.path)).toBeUndefined();
    await keepOwnerToken(folder.path, "first");
    await keepOwnerToken(folder.path, "second");
    expect(await readOwnerToken(folder.path)).toBe("second");
    expect(await readdir(folder.path)).toEqual(["owner.token"]);
    expect((await stat(join(folder.path, "owner.token"))).mode & 0o777).toBe(0o600);
  });
});
