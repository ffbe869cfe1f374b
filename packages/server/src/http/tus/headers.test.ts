import type { IncomingMessage } from "node:http";
import { describe, expect, it } from "vitest";
import {
  assertBodyType,
  assertVersion,
  hasBody,
  methodOf,
  parseConcat,
  parseLengthOrDefer,
  parseOffset,
} from "./headers.ts";

const idA = "01890a5d-ac96-774b-bcce-b302099a8057";
const idB = "01890a5d-ac96-774b-bcce-b302099a8058";
const request = (method: string, headers: Record<string, string> = {}) =>
  ({ method, headers }) as unknown as IncomingMessage;
const invalid = (field: string): unknown => {
  const facts: unknown = expect.objectContaining({ field });
  return expect.objectContaining({ code: "invalid-request", facts });
};

describe("parseLengthOrDefer", () => {
  it("is a number, or null for a length that will follow", () => {
    expect(parseLengthOrDefer({ "upload-length": "0" })).toBe(0);
    expect(parseLengthOrDefer({ "upload-length": "9007199254740991" })).toBe(2 ** 53 - 1);
    expect(parseLengthOrDefer({ "upload-defer-length": "1" })).toBeNull();
  });

  it.each([
    [{}, "Upload-Length"],
    [{ "upload-length": "9007199254740992" }, "Upload-Length"],
    [{ "upload-length": "+1" }, "Upload-Length"],
    [{ "upload-length": "1 " }, "Upload-Length"],
    [{ "upload-length": "١" }, "Upload-Length"],
    [{ "upload-defer-length": "0" }, "Upload-Defer-Length"],
    [{ "upload-defer-length": "1", "upload-length": "1" }, "Upload-Defer-Length"],
  ])("refuses %j", (headers, field) => {
    expect(() => parseLengthOrDefer(headers)).toThrow(invalid(field));
  });
});

describe("parseOffset", () => {
  it("is strict digits", () => {
    expect(parseOffset({ "upload-offset": "42" })).toBe(42);
    for (const text of ["", "-1", "1.0", "1e3", "0x1", "012", "1,2", " 1"]) {
      expect(() => parseOffset({ "upload-offset": text })).toThrow(invalid("Upload-Offset"));
    }
    expect(() => parseOffset({})).toThrow(invalid("Upload-Offset"));
  });
});

describe("parseConcat", () => {
  it("knows none, partial and final", () => {
    expect(parseConcat({})).toEqual({ kind: "none" });
    expect(parseConcat({ "upload-concat": "partial" })).toEqual({ kind: "partial" });
    const header = `final;/files/${idA} /files/${idB}`;
    const partialIds = [idA, idB];
    expect(parseConcat({ "upload-concat": header })).toEqual({ kind: "final", header, partialIds });
  });

  it.each([
    `/files/${idA}`,
    `/files/${idA}/`,
    `http://127.0.0.1:1/files/${idA}`,
    `https://drive.example/some/where/files/${idA}?a=b#c`,
    `//drive.example/files/${idA}`,
    idA,
  ])("finds the id in %s", (url) => {
    expect(parseConcat({ "upload-concat": `final;${url}` })).toMatchObject({ partialIds: [idA] });
  });

  it.each([
    "",
    "final",
    "final;",
    "final; ",
    "Final;/files/x",
    "partial;",
    "final;/x",
    "final;http://[",
  ])("refuses %j", (header) => {
    expect(() => parseConcat({ "upload-concat": header })).toThrow(invalid("Upload-Concat"));
  });
});

describe("methodOf", () => {
  it("is the override where there is one, whatever the actual method", () => {
    expect(methodOf(request("PATCH"))).toBe("PATCH");
    expect(methodOf(request("POST", { "x-http-method-override": "patch" }))).toBe("PATCH");
    expect(methodOf(request("GET", { "x-http-method-override": "DELETE" }))).toBe("DELETE");
    expect(methodOf(request("POST", { "x-http-method-override": "PATCH, HEAD" }))).toBe(
      "PATCH, HEAD",
    );
  });
});

describe("assertVersion", () => {
  it("takes 1.0.0 alone", () => {
    expect(() => assertVersion({ "tus-resumable": "1.0.0" })).not.toThrow();
    for (const version of [undefined, "", "1.0", "1.0.0 ", "1.0.1"]) {
      const headers = version === undefined ? {} : { "tus-resumable": version };
      expect(() => assertVersion(headers)).toThrow(expect.objectContaining({ status: 412 }));
    }
  });
});

describe("assertBodyType", () => {
  it("takes the type in any case, with parameters or without", () => {
    for (const type of [
      "application/offset+octet-stream",
      "Application/Offset+Octet-Stream; a=b",
    ]) {
      expect(() => assertBodyType({ "content-type": type })).not.toThrow();
    }
    for (const type of ["", "application/offset+octet-stream-x", "application/octet-stream"]) {
      const refused: unknown = expect.objectContaining({ status: 415 });
      expect(() => assertBodyType({ "content-type": type })).toThrow(refused);
    }
  });
});

describe("hasBody", () => {
  it("is what the head of the request says", () => {
    expect(hasBody(request("POST"))).toBe(false);
    expect(hasBody(request("POST", { "content-length": "0" }))).toBe(false);
    expect(hasBody(request("POST", { "content-length": "1" }))).toBe(true);
    expect(hasBody(request("POST", { "transfer-encoding": "chunked" }))).toBe(true);
  });
});
