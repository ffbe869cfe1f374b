import { expect, test } from "vitest";
import { chooseNewPassword, findLinkPassword, withBarePassword } from "./link-password.ts";

const signal = new AbortController().signal;

test("a bare --password is asked for, and what follows it is no password", () => {
  expect(withBarePassword(["LINK", "--password", "a.txt"])).toEqual([
    "LINK",
    "--ask-password",
    "a.txt",
  ]);
  expect(withBarePassword(["--password=x", "--", "--password"])).toEqual([
    "--password=x",
    "--",
    "--password",
  ]);
});

test("a new password is long enough or refused here", async () => {
  expect(await chooseNewPassword({}, { signal })).toBeUndefined();
  expect(await chooseNewPassword({ password: "open sesame" }, { signal })).toBe("open sesame");
  await expect(chooseNewPassword({ password: "short" }, { signal })).rejects.toThrow(
    "6 characters",
  );
});

test("a link's password is told by flag, else by the environment", async () => {
  const env = { SAMPAN_LINK_PASSWORD: "from env" };
  expect(await findLinkPassword({ password: "x" }, { env, signal })).toBe("x");
  expect(await findLinkPassword({}, { env, signal })).toBe("from env");
  await expect(findLinkPassword({ password: "" }, { env, signal })).rejects.toThrow("is empty");
});
