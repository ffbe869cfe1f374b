import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findDeadLinks } from "./doc-links.ts";

describe("links of the documentation", () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "sampan-links-"));
    await writeFile(join(root, "b.md"), "# One thing, another\n\n```\n# no heading\n```\n");
  });
  afterEach(() => rm(root, { recursive: true }));

  const check = async (text: string) => {
    await writeFile(join(root, "a.md"), text);
    return findDeadLinks(root, ["a.md"]);
  };

  it("may lead to files, folders, headings and other sites", async () => {
    const text = `# Here\n[a](b.md) [b](b.md#one-thing-another) [c](#here) [d](.) [e](https://x.example/y) [f](/api)`;
    expect(await check(text)).toEqual([]);
  });

  it("are no links in code", async () => {
    expect(await check("`[a](gone.md)`\n```\n[b](gone.md)\n```\n")).toEqual([]);
  });

  it("are named when nothing is there", async () => {
    expect(await check("[a](gone.md)\n[b](b.md#no-heading)")).toEqual([
      "a.md: gone.md does not exist",
      "a.md: b.md#no-heading is no heading there",
    ]);
  });
});
