import { expect, test } from "vitest";
import { HELP } from "../help.ts";
import { createHarness, runWith } from "../testing/harness.ts";

test.each([
  [["search"], "search needs a TEXT"],
  [["search", "a", "--files", "--folders"], "exclude each other"],
  [["search", "a", "--limit", "0"], "--limit is a whole number"],
  [["versions"], "versions list takes one PATH"],
  [["versions", "restore", "a"], "a PATH and a NUMBER"],
  [["versions", "restore", "a", "1", "2"], "a PATH and a NUMBER"],
  [["versions", "delete", "a", "x"], "a version's NUMBER is a whole number"],
  [["star"], "star needs at least one PATH"],
  [["unstar"], "unstar needs at least one PATH"],
  [["token", "create"], "token takes"],
  [["token", "create", "a", "--scopes", "files:read,all"], "--scopes knows"],
  [["token", "list", "--expires", "1d"], "go with token create"],
  [["token", "revoke"], "token takes"],
  [["login", "ann", "--token", "x"], "a NAME or --token"],
  [["doctor", "me"], "doctor takes no names"],
  [["admin"], "admin takes users, user,"],
  [["admin", "user"], "admin user takes one NAME"],
  [["admin", "users", "ann"], "admin users takes no names"],
  [["admin", "users", "--role", "guest"], "--role does not go with admin users"],
  [["admin", "user", "ann", "--role", "owner"], "--role is admin, member, guest"],
  [["admin", "user", "ann", "--quota", "much"], "--quota is a size"],
  [["admin", "user", "ann", "--enable", "--disable"], "exclude each other"],
  [["admin", "invitations", "withdraw"], "withdraw ID"],
  [["admin", "toString"], "admin takes users"],
])("%j is refused before anything is asked of a server", async (argv, complaint) => {
  await using harness = await createHarness();
  const ran = await harness.sampan(...argv);
  expect(ran).toMatchObject({ exitCode: 2, out: "" });
  expect(ran.err).toContain(complaint);
  expect(harness.server.log).toEqual([]);
});

test("every command that the help names has a help of its own, and the other way about", async () => {
  const commands =
    "put get ls mkdir mv cp rm trash search versions star unstar share shares unshare save uploads offline " +
    "login logout whoami token doctor check serve config admin";
  for (const command of commands.split(" ")) {
    expect(HELP, command).toMatch(new RegExp(`\\b${command}\\b`));
    const ran = await runWith({ argv: [command, "--help"] });
    expect([ran.exitCode, ran.err], command).toEqual([0, ""]);
    expect(ran.out, command).toMatch(new RegExp(`^ *(Usage: )?.*sampan ${command}\\b`, "m"));
    for (const line of ran.out.split("\n")) expect(line.length, line).toBeLessThanOrEqual(102);
  }
});
