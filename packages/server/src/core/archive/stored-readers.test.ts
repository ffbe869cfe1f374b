import { describe, expect, it } from "vitest";
import { createStoredReaders } from "./stored-readers.ts";

const segment = (stored: string) => ({ stored, kind: "pack", offset: 0, length: 1 }) as const;

describe("kept readers", () => {
  const open = new Set<string>();
  let opened = 0;
  const newReaders = () =>
    createStoredReaders({
      open({ stored }) {
        if (stored === "gone") return Promise.reject(new Error("gone"));
        opened++;
        open.add(stored);
        return Promise.resolve({
          length: 1,
          read: () => Promise.resolve(1),
          readInto: () => Promise.resolve(1),
          [Symbol.asyncDispose]: () => Promise.resolve(void open.delete(stored)),
        });
      },
    });
  const nothing = () => Promise.resolve();

  it("are opened once, closed beyond a few, and all closed in the end", async () => {
    const readers = newReaders();
    opened = 0;
    for (let round = 0; round < 3; round++)
      for (let i = 0; i < 5; i++) await readers.use(segment(`${i}`), nothing);
    expect(opened).toBe(5);
    for (let i = 0; i < 20; i++) await readers.use(segment(`${i}`), nothing);
    await readers.trim();
    expect([...open]).toEqual(Array.from({ length: 8 }, (_, i) => `${i + 12}`));
    await readers[Symbol.asyncDispose]();
    expect(open.size).toBe(0);
  });

  it("are not closed under whoever is reading, while others make room", async () => {
    const readers = newReaders();
    const { promise, resolve } = Promise.withResolvers<void>();
    const reading = readers.use(segment("used"), () => promise);
    for (let i = 0; i < 20; i++) await readers.use(segment(`${i}`), nothing);
    await readers.trim();
    expect(open.has("used")).toBe(true);
    resolve();
    await reading;
    await readers.trim();
    expect(open.has("used")).toBe(false);
    await readers[Symbol.asyncDispose]();
  });

  it("tell who asked that a file is gone, and can still be closed", async () => {
    const readers = newReaders();
    await expect(readers.use(segment("gone"), nothing)).rejects.toThrow("gone");
    await readers.use(segment("there"), nothing);
    await readers[Symbol.asyncDispose]();
    expect(open.size).toBe(0);
  });
});
