import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createUniquePaths, safePath } from "./entry-path.ts";

const refused = expect.objectContaining({ code: "name-refused" }) as unknown;

describe("a path in an archive", () => {
  it.each([
    ["a.txt", "a.txt"],
    ["a/b/c", "a/b/c"],
    ["照片/naïve 🦊.png", "照片/naïve 🦊.png"],
    ["10:30 notes", "10:30 notes"],
    ["/etc/passwd", "etc/passwd"],
    ["../../etc/passwd", "etc/passwd"],
    ["a/../../b", "a/b"],
    ["a//./b/", "a/b"],
    ["..\\..\\x", ".._.._x"],
    ["C:\\x", "C__x"],
    ["a\r\nb\0c", "a__b_c"],
    ["...", "..."],
  ])("of %j is %j", (path, safe) => {
    expect(safePath(path)).toBe(safe);
  });

  it.each(["", "/", ".", "..", "../..", "./"])("is refused where %j leaves nothing", (path) => {
    expect(() => safePath(path)).toThrow(refused);
  });

  it("is refused where the format has no room for it", () => {
    const longest = `${"a".repeat(255)}/`.repeat(255) + "a".repeat(254);
    expect(safePath(longest)).toBe(longest);
    expect(() => safePath(`${longest}a`)).toThrow(refused);
  });

  it("never leads out of the folder, and stays as it is once it is safe", () => {
    const text = fc.string({
      unit: fc.constantFrom(".", "/", "\\", ":", "a", "C", "\0", "\n", "\ud800", "é"),
    });
    fc.assert(
      fc.property(text, (path) => {
        let safe: string;
        try {
          safe = safePath(path);
        } catch (error) {
          expect(error).toEqual(refused);
          return;
        }
        expect(safe).not.toMatch(/^\/|^[A-Za-z]:|\\|[\0-\x1f]/u);
        expect(safe.split("/")).not.toContain("..");
        expect(Buffer.from(safe).toString()).toBe(safe);
        expect(safePath(safe)).toBe(safe);
      }),
      { seed: 7, numRuns: 1_000 },
    );
  });
});

describe("the paths of an archive", () => {
  const take = (paths: readonly string[]) => {
    const unique = createUniquePaths();
    return paths.map((path) =>
      path.endsWith("/") ? unique.take(path, "folder") : unique.take(path, "file"),
    );
  };

  it("are each there once: twins get a number, also in letter case only", () => {
    expect(
      take(["a.txt", "A.txt", "a.txt", "a (2).txt", "b", "b", ".x", ".x", "d/.x.y", "d/.x.y"]),
    ).toEqual([
      "a.txt",
      "A (2).txt",
      "a (3).txt",
      "a (2) (2).txt",
      "b",
      "b (2)",
      ".x",
      ".x (2)",
      "d/.x.y",
      "d/.x (2).y",
    ]);
  });

  it("have a folder once, and do not take it for a file", () => {
    expect(take(["a/", "a/", "A/", "a", "b", "b/"])).toEqual([
      "a/",
      undefined,
      undefined,
      "a (2)",
      "b",
      "b (2)/",
    ]);
  });

  it("are found quickly among very many twins", () => {
    const found = take(Array.from({ length: 20_000 }, () => "a.txt"));
    expect(new Set(found).size).toBe(20_000);
    expect(found.at(-1)).toBe("a (20000).txt");
  });
});
