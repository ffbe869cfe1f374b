import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CoreError } from "../../core/errors.ts";
import { parseMetadata, readMetadata } from "./metadata.ts";

const base64 = (text: string | Uint8Array) => Buffer.from(text).toString("base64");
const refusal = (header: string) => {
  try {
    readMetadata(header);
  } catch (error) {
    if (error instanceof CoreError) return error.facts as { field: string; reason: string };
    throw error;
  }
  return undefined;
};

describe("parseMetadata", () => {
  it("has no pairs for an absent or blank header", () => {
    for (const header of [undefined, "", " "]) expect(parseMetadata(header).size).toBe(0);
  });

  it("gives values as bytes, and an empty one for a key alone", () => {
    const pairs = parseMetadata(`filename ${base64("a b.txt")},is_confidential,empty `);
    expect([...pairs].map(([key, value]) => [key, value.toString()])).toEqual([
      ["filename", "a b.txt"],
      ["is_confidential", ""],
      ["empty", ""],
    ]);
  });

  it("takes blanks around commas, which proxies add when they join headers", () => {
    expect([...parseMetadata("a YQ== ,\t b Yg==").keys()]).toEqual(["a", "b"]);
  });

  it("returns whatever any client may have encoded", () => {
    const key = fc.stringMatching(/^[\x21-\x2b\x2d-\x7e]{1,20}$/);
    const values = fc.dictionary(key, fc.uint8Array({ maxLength: 50 }), { noNullPrototype: true });
    fc.assert(
      fc.property(values, (pairs) => {
        const header = Object.entries(pairs)
          .map(([name, value]) => `${name} ${base64(value)}`)
          .join(",");
        const parsed = parseMetadata(header);
        expect(Object.fromEntries([...parsed].map(([name, v]) => [name, [...v]]))).toEqual(
          Object.fromEntries(Object.entries(pairs).map(([name, v]) => [name, [...v]])),
        );
      }),
    );
  });

  it("refuses or parses any text at all, and never fails otherwise", () => {
    fc.assert(
      fc.property(fc.string(), (header) => {
        const reason = refusal(header);
        if (reason) expect(reason.field).toBe("Upload-Metadata");
      }),
    );
  });

  it.each([
    ["a YQ", "unpadded"],
    ["a YR==", "bits left over"],
    ["a Y Q==", "a blank within"],
    ["a YQ==\n", "a line break"],
    ["a _w==", "base64url"],
    ["a,,b", "an empty pair"],
    ["a,", "an empty last pair"],
    ["ä YQ==", "a key outside ASCII"],
    ["a YQ==,a YQ==", "a key twice"],
    [`a ${base64("x".repeat(16_384))}`, "too long"],
  ])("refuses %j (%s)", (header) => {
    expect(refusal(header)?.field).toBe("Upload-Metadata");
  });

  it("knows keys that objects have by nature", () => {
    expect([...parseMetadata("__proto__ YQ==,constructor Yg==").keys()]).toEqual([
      "__proto__",
      "constructor",
    ]);
  });
});

describe("readMetadata", () => {
  it("has no name, no type and keeps both by default", () => {
    expect(readMetadata(undefined)).toEqual({
      name: null,
      parentId: undefined,
      folders: [],
      mediaType: null,
      onConflict: "keep-both",
    });
  });

  it("prefers filename to name and filetype to type, and an empty one is none", () => {
    const of = (pairs: Record<string, string>) =>
      readMetadata(
        Object.entries(pairs)
          .map(([key, value]) => `${key} ${base64(value)}`)
          .join(","),
      );
    expect(of({ name: "n", filename: "f", type: "a/n", filetype: "a/f" })).toMatchObject({
      name: "f",
      mediaType: "a/f",
    });
    expect(of({ name: "n", filename: "", type: "a/n", filetype: "" })).toMatchObject({
      name: "n",
      mediaType: "a/n",
    });
  });

  it.each([
    ["photos/2029/a.jpg", ["photos", "2029"], "a.jpg"],
    ["/photos/a.jpg", ["photos"], "a.jpg"],
    ["a.jpg", [], "a.jpg"],
    ["null", [], null],
    ["../a.jpg", [".."], "a.jpg"],
  ])("takes the folders, and a name where there is no other, from %s", (path, folders, name) => {
    const relative = `relativePath ${base64(path)}`;
    expect(readMetadata(relative)).toMatchObject({ folders, name });
    expect(readMetadata(`${relative},filename ${base64("b")}`)).toMatchObject({
      folders,
      name: "b",
    });
  });

  it("refuses a name that is not UTF-8 and keeps a byte order mark for the name's own rules", () => {
    expect(refusal(`filename ${base64(Uint8Array.of(0xc3, 0x28))}`)?.reason).toContain("UTF-8");
    expect(readMetadata(`filename ${base64("\ufeffa")}`).name).toBe("\ufeffa");
  });

  it.each(["text", "text/", "text/plain\r\nx: y", "null", `text/${"x".repeat(300)}`])(
    "takes %j for no media type",
    (type) => {
      expect(readMetadata(`filetype ${base64(type)}`).mediaType).toBeNull();
    },
  );

  it("knows the conflict policies and no other", () => {
    for (const policy of ["fail", "keep-both", "replace"]) {
      expect(readMetadata(`onConflict ${base64(policy)}`).onConflict).toBe(policy);
    }
    expect(refusal(`onConflict ${base64("REPLACE")}`)?.reason).toContain("keep-both");
  });
});
