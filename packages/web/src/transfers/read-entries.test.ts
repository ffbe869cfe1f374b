import { describe, expect, it } from "vitest";
import { groupByFolder, readEntries, type FoundFiles } from "./read-entries.ts";

const fileEntry = (name: string) =>
  ({
    isFile: true,
    isDirectory: false,
    name,
    file: (resolve: (file: File) => void) => resolve(new File([], name)),
  }) as unknown as FileSystemEntry;

/** As browsers do: a hundred at a time, then none. */
const folderEntry = (name: string, children: FileSystemEntry[]) =>
  ({
    isFile: false,
    isDirectory: true,
    name,
    createReader() {
      const left = [...children];
      return {
        readEntries: (resolve: (some: FileSystemEntry[]) => void) => resolve(left.splice(0, 100)),
      };
    },
  }) as unknown as FileSystemEntry;

const read = async (entries: FileSystemEntry[]) => {
  const found: FoundFiles[] = [];
  for await (const some of readEntries(entries)) found.push(some);
  return found.map(({ folderPath, files }) => [folderPath, files.length]);
};

describe("a dropped folder", () => {
  it("is read to its end, however many files it has", async () => {
    const many = Array.from({ length: 340 }, (_, index) => fileEntry(`${index}`));
    expect(await read([folderEntry("photos", many)])).toEqual([["photos", 340]]);
  });

  it("keeps its tree, with the folders that are empty", async () => {
    const tree = folderEntry("a", [
      fileEntry("1"),
      folderEntry("b", [folderEntry("c", [fileEntry("2")]), folderEntry("empty", [])]),
    ]);
    expect(await read([fileEntry("0"), tree])).toEqual([
      ["", 1],
      ["a", 1],
      ["a/b", 0],
      ["a/b/c", 1],
      ["a/b/empty", 0],
    ]);
  });

  it("may also be chosen", () => {
    const make = (webkitRelativePath: string) => ({ webkitRelativePath }) as File;
    const found = groupByFolder([make("a/1"), make("a/b/2"), make("a/3"), make("")]);
    expect(found.map(({ folderPath, files }) => [folderPath, files.length])).toEqual([
      ["a", 2],
      ["a/b", 1],
      ["", 1],
    ]);
  });
});
