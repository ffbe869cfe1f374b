import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Chunk } from "../../../core/uploads/byte-source.ts";
import { createFormParser, type FormLimits } from "./form-parser.ts";
import { FormRefusal } from "./refusal.ts";

const limits: FormLimits = { maxParts: 64, maxHeadBytes: 16_384, maxPaddingBytes: 65_536 };

/** The body cut at the given places, each piece in memory that is overwritten once it is given back. */
function cut(body: Uint8Array, places: readonly number[]) {
  const edges = [0, ...places.toSorted((a, b) => a - b), body.length];
  const pieces = edges.slice(1).map((edge, i) => Buffer.from(body.subarray(edges[i], edge)));
  let lent = 0;
  return {
    get lent() {
      return lent;
    },
    shift(): Promise<Chunk | undefined> {
      const bytes = pieces.shift();
      if (!bytes) return Promise.resolve(undefined);
      lent++;
      let released = false;
      const release = () => {
        if (released) throw new Error("released twice");
        released = true;
        lent--;
        bytes.fill(0xdb);
      };
      return Promise.resolve({ bytes, release });
    },
  };
}

interface ReadPart {
  name: string;
  filename?: string | undefined;
  data: string;
}

async function readAll(
  body: Uint8Array | string,
  { boundary = "B", places = [] as number[], custom = limits } = {},
): Promise<ReadPart[]> {
  const source = cut(Buffer.from(body as string), places);
  const parser = createFormParser(source, { boundary, limits: custom });
  const parts: ReadPart[] = [];
  try {
    for (let part = await parser.nextPart(); part; part = await parser.nextPart()) {
      const pieces: Buffer[] = [];
      for (let chunk = await parser.read(); chunk; chunk = await parser.read()) {
        pieces.push(Buffer.from(chunk.bytes));
        chunk.release();
      }
      const data = Buffer.concat(pieces).toString("latin1");
      parts.push({ name: part.name, filename: part.filename, data });
    }
  } finally {
    parser.close();
  }
  expect(source.lent).toBe(0);
  return parts;
}

const head = (name: string, more = "") => `Content-Disposition: form-data; name="${name}"${more}`;
const field = (name: string, data: string) => `--B\r\n${head(name)}\r\n\r\n${data}\r\n`;

async function refusal(body: string, options = {}): Promise<number> {
  const error: unknown = await readAll(body, options).then(
    (parts) => parts,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(FormRefusal);
  return (error as FormRefusal).statusCode;
}

describe("a form", () => {
  it("gives back what was put in, wherever its body is cut", async () => {
    // Data made of what a delimiter is made of, so that beginnings of it are everywhere.
    const data = fc
      .array(
        fc.constantFrom("\r", "\n", "-", "\r\n", "\r\n-", "\r\n--", "\r\n--A", "--AB", "x", "\0"),
      )
      .map((pieces) => pieces.join(""))
      .filter((text) => !`\r\n${text}\r\n--AB`.slice(0, -6).includes("\r\n--AB"));
    const padding = fc.constantFrom("", "preamble\r\n", "\r\n", "--A\r\n");
    await fc.assert(
      fc.asyncProperty(
        fc.array(data, { maxLength: 5 }),
        padding,
        fc.constantFrom("", " \t"),
        fc.constantFrom("", "\r\n", "\r\nepilogue"),
        fc.array(fc.nat(400), { maxLength: 40 }),
        async (contents, preamble, blanks, epilogue, cuts) => {
          const parts = contents.map(
            (text, i) => `--AB${blanks}\r\n${head(`f${i}`)}\r\n\r\n${text}\r\n`,
          );
          const body = Buffer.from(`${preamble}${parts.join("")}--AB--${epilogue}`, "latin1");
          const places = cuts.filter((place) => place < body.length);
          const read = await readAll(body, { boundary: "AB", places });
          expect(read.map(({ data: text }) => text)).toEqual(contents);
          expect(read.map(({ name }) => name)).toEqual(contents.map((_, i) => `f${i}`));
        },
      ),
      { numRuns: 400 },
    );
  });

  it("is read byte by byte as in one piece", async () => {
    const body = `${field("a", "1")}${field("b", "\r\n--A\r\r\n-")}--B--\r\n`;
    const places = Array.from({ length: body.length }, (_, i) => i);
    expect(await readAll(body, { places })).toEqual(await readAll(body));
  });

  it("may be empty, have empty parts, and no line end behind it", async () => {
    expect(await readAll("--B--")).toEqual([]);
    expect(await readAll(`${field("a", "")}--B--`)).toMatchObject([{ name: "a", data: "" }]);
  });

  it.each([
    ["quotes and backslashes", `; filename="a\\"b\\\\c"`, `a"b\\c`],
    [
      "a Windows path, unescaped",
      String.raw`; filename="C:\dir\file.txt"`,
      String.raw`C:\dir\file.txt`,
    ],
    ["a browser's quote", `; filename="a%22b.txt"`, `a"b.txt`],
    ["UTF-8", `; filename="三板 🚀.txt"`, "三板 🚀.txt"],
    ["RFC 8187", `; filename="x"; filename*=UTF-8''%E4%B8%89`, "三"],
    ["no quotes", `; filename=plain.txt`, "plain.txt"],
    ["an empty name", `; filename=""`, ""],
  ])("has file names with %s", async (_why, parameter, filename) => {
    const [part] = await readAll(`--B\r\n${head("f", parameter)}\r\n\r\n\r\n--B--`);
    expect(part?.filename).toBe(filename);
  });

  it.each([
    ["is empty", ""],
    ["never begins", "hello"],
    ["ends in a head", "--B\r\nContent-Disposition"],
    ["ends in data", `--B\r\n${head("a")}\r\n\r\ndata`],
    ["ends before its closing boundary's dashes", `${field("a", "1")}--B`],
    ["has lines that end in LF alone", `--B\n${head("a")}\n\n1\n--B--\n`],
    ["has an LF in a head", `--B\r\n${head("a")}\nx: y\r\n\r\n1\r\n--B--`],
    ["has NUL in a head", `--B\r\n${head("a\0")}\r\n\r\n1\r\n--B--`],
    ["has a part without a head", "--B\r\n\r\n1\r\n--B--"],
    ["has a part without a name", "--B\r\nContent-Disposition: form-data\r\n\r\n1\r\n--B--"],
    [
      "has a part that is an attachment",
      "--B\r\nContent-Disposition: attachment; name=a\r\n\r\n1\r\n--B--",
    ],
    ["has a part with two names", `--B\r\n${head("a", "; name=b")}\r\n\r\n1\r\n--B--`],
    ["has a part with two dispositions", `--B\r\n${head("a")}\r\n${head("b")}\r\n\r\n1\r\n--B--`],
    ["has an unterminated quote", `--B\r\n${head("a", '; filename="x')}\r\n\r\n1\r\n--B--`],
    ["has a folded header", `--B\r\n${head("a")}\r\n folded\r\n\r\n1\r\n--B--`],
    ["has text after a boundary", `--Bxyz\r\n${head("a")}\r\n\r\n1\r\n--B--`],
  ])("is refused when it %s", async (_why, body) => {
    expect(await refusal(body)).toBe(400);
  });

  it("is refused with 415 for a coded part", async () => {
    const coded = `--B\r\n${head("a")}\r\nContent-Transfer-Encoding: base64\r\n\r\nMQ==\r\n--B--`;
    expect(await refusal(coded)).toBe(415);
  });

  it.each([
    ["10,000 parts", field("a", "").repeat(10_000)],
    ["a head of 1 MiB", `--B\r\n${head("a")}\r\nx: ${"y".repeat(1024 * 1024)}\r\n\r\n1\r\n--B--`],
    ["a preamble without an end", "x".repeat(1024 * 1024)],
    ["an epilogue without an end", `${field("a", "1")}--B--${"x".repeat(1024 * 1024)}`],
  ])("is refused with 413 for %s", async (_why, body) => {
    const places = Array.from({ length: Math.floor(body.length / 4096) }, (_, i) => i * 4096);
    expect(await refusal(body, { places })).toBe(413);
  });
});
