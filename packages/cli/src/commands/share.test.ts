import { expect, test } from "vitest";
import { createHarness } from "../testing/harness.ts";

const link = "http://127.0.0.1:1/s/AbCdEfGhIjKlMnOpQrSt_-";

test.each([
  [["share"], "share takes one PATH"],
  [["share", "a", "b"], "share takes one PATH"],
  [["share", "/"], "the root itself"],
  [["share", "@ann/Photos"], "your own"],
  [["share", "a", "--edit"], "--edit goes with --with"],
  [["share", "a", "--with", "bob", "--request"], "--request goes without --with"],
  [["share", "a", "--with", "bob", "--password=open sesame"], "--password goes with links"],
  [["share", "a", "--request", "--downloads", "3"], "--downloads goes with links to fetch"],
  [["share", "a", "--request", "--preview-only"], "--preview-only goes with links to fetch"],
  [["share", "a", "--max-size", "1G"], "--max-size goes with --request"],
  [["share", "a", "--with", "bob", "--qr"], "--qr goes with links"],
  [["share", "a", "--expires", "soon"], "--expires is a time"],
  [["share", "a", "--downloads", "0"], "--downloads is a whole number"],
  [["share", "a", "--password=short"], "6 characters"],
  [["shares", "dance"], "shares knows list, log, change and qr"],
  [["shares", "log"], "takes one SHARE"],
  [["shares", "change", "a"], "needs to be told what"],
  [["shares", "change", "a", "--right", "own"], "--right is view or edit"],
  [["unshare"], "at least one SHARE"],
  [["save", "/photos"], "save needs a LINK"],
  [["put", "a", "--link", link, "--to", "/b"], "--link goes without"],
  [["put", "a", "--password=x"], "--password goes with --link"],
  [["get", "a", "--password=x"], "--password goes with a LINK"],
  [["get", link, "--version", "1"], "no earlier versions"],
  [["ls", "a", "b"], "ls takes one PATH"],
  [["ls", "--recent", "--starred"], "go alone"],
])("%j is refused before anything is asked of a server", async (argv, complaint) => {
  await using harness = await createHarness();
  const ran = await harness.sampan(...argv);
  expect(ran).toMatchObject({ exitCode: 2, out: "" });
  expect(ran.err).toContain(complaint);
  expect(harness.server.log).toEqual([]);
});

test("what is no link is said to be none", async () => {
  await using harness = await createHarness();
  const ran = await harness.sampan("get", "https://example.org/photos");
  expect([ran.exitCode, ran.err]).toEqual([
    1,
    expect.stringContaining("not the address of something shared"),
  ]);
});
