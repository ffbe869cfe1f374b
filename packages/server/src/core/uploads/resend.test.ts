/** Regression: a part that is sent again with other bytes was hashed before it was compared, and the file got a wrong SHA-256. */
import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Digests } from "../blobs/digest.ts";
import { systemActor } from "../events.ts";
import { openEngine, openMachine, ownerId, type Engine, type Machine } from "../testing/engine.ts";
import { contentOf, createSource } from "../testing/sources.ts";
import { outcomeOf } from "../testing/world.ts";

const partSize = 64 * 1024;
const content = contentOf(1, 4 * partSize);
const sha256 = createHash("sha256").update(content).digest("hex");

describe("a part sent again with other bytes", () => {
  let machine: Machine;
  let engine: Engine;
  let id: string;
  beforeEach(async () => {
    machine = await openMachine({ writer: "thread", threads: 1 });
    engine = await openEngine(machine);
    const facts = {
      ownerId,
      dialect: "native",
      name: "a.bin",
      size: content.length,
      partSize,
      actor: systemActor,
    };
    ({
      upload: { id },
    } = await engine.createUpload(facts));
  });
  afterEach(async () => {
    await engine[Symbol.asyncDispose]();
    await machine[Symbol.asyncDispose]();
  });

  const send = (number: number, bytes?: Uint8Array, claimed: Digests = {}) => {
    const start = number * partSize;
    const source = createSource(bytes ?? content.subarray(start, start + partSize), {
      pieces: [20_000],
      memory: "slab",
    });
    const place = ({ size }: { size: number | null }) => ({
      start,
      limit: size ?? Infinity,
      unit: "part" as const,
      endsContent: () => false,
    });
    return outcomeOf(engine.receiveBytes({ id, source, place, claimed }));
  };
  const others = contentOf(2, partSize);
  const expectWhole = async () => {
    for (const number of [0, 1, 2, 3]) expect(await send(number)).toBe("ok");
    const { fileId } = await engine.completeUpload({ id, actor: systemActor });
    const file = await machine.metadata.files.find(fileId ?? "");
    expect(file?.digests.sha256).toBe(sha256);
  };

  it("after a restart leaves the hash of the file as it is", async () => {
    expect(await send(0)).toBe("ok");
    await engine[Symbol.asyncDispose]();
    engine = await openEngine(machine);
    expect(await send(0, others)).toBe("part-conflict");
    await expectWhole();
  });

  it("is damaged where its digest does not hold, and another where it does", async () => {
    const digestOf = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
    const held = content.subarray(0, partSize);
    expect(await send(0)).toBe("ok");
    expect(await send(0, others, { sha256: digestOf(held) })).toBe("digest-mismatch");
    expect(await send(0, others, { sha256: digestOf(others) })).toBe("part-conflict");
    // Two parts in one body, of which the second is new: nothing of it may count.
    const both = Buffer.concat([others, content.subarray(partSize, 2 * partSize)]);
    expect(await send(0, both, { sha256: digestOf(both) })).toBe("part-conflict");
    expect((await machine.metadata.uploads.find(id))?.receivedBytes).toBe(partSize);
    expect(await send(0, held, { sha256: digestOf(held) })).toBe("ok");
    await expectWhole();
  });

  it("ahead of the hash leaves the hash of the file as it is", async () => {
    expect(await send(1)).toBe("ok");
    expect(await send(0)).toBe("ok");
    expect(await send(1, others)).toBe("part-conflict");
    await expectWhole();
  });
});
