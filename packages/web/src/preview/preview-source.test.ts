import { describe, expect, it } from "vitest";
import { previewKindOf } from "./preview-source.ts";

const kindOf = (mediaType: string | null, kind: "file" | "folder" = "file") =>
  previewKindOf({ kind, mediaType }, (type) => !type.includes("matroska"));

describe("what a preview shows", () => {
  it("follows the type", () => {
    expect(kindOf("image/jpeg")).toBe("picture");
    expect(kindOf("video/mp4")).toBe("video");
    expect(kindOf("audio/flac")).toBe("audio");
    expect(kindOf("application/pdf")).toBe("pdf");
    expect(kindOf("text/markdown")).toBe("text");
    expect(kindOf("application/json")).toBe("text");
  });

  it("asks the server where the type says nothing", () => {
    expect(kindOf(null)).toBe("text");
    expect(kindOf("application/octet-stream")).toBe("text");
  });

  it("is nothing for what has no picture, cannot be played, or is no text", () => {
    for (const type of ["image/svg+xml", "video/x-matroska", "application/zip", "font/woff2"])
      expect(kindOf(type), type).toBe("none");
    expect(kindOf("text/plain", "folder")).toBe("none");
  });
});
