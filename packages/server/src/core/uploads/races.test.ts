/** What happens at once: newer writers and stalled ones, completions and late parts, sweeps and publications. */
import { systemActor } from "../events.ts";
import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newId } from "../ids.ts";
import {
  createTestClock,
  openEngine,
  openMachine,
  ownerId,
  readBlob,
  type Engine,
  type Machine,
} from "../testing/engine.ts";
import { contentOf, createSource, type TestSource } from "../testing/sources.ts";
import { outcomeOf } from "../testing/world.ts";
import type { Upload } from "./upload.ts";

const partSize = 64 * 1024;
const parts = 8;
const content = contentOf(1, parts * partSize);
const partOf = (number: number): Buffer =>
  content.subarray(number * partSize, (number + 1) * partSize);
const other = (bytes: Uint8Array): Uint8Array => bytes.map((byte) => byte ^ 0xff);
const oneOf = (...outcomes: string[]): unknown => expect.toBeOneOf(outcomes);

describe("at once:", () => {
  const clock = createTestClock();
  let machine: Machine;
  let engine: Engine;
  beforeAll(async () => {
    machine = await openMachine({ writer: "thread", threads: 2 });
    engine = await openEngine(machine, { clock, sweepGraceMs: 0 });
  });
  afterAll(async () => {
    await engine[Symbol.asyncDispose]();
    await machine[Symbol.asyncDispose]();
  });

  let id: string;
  const create = async (facts: { size?: number | null; name?: string } = {}): Promise<string> => {
    const { upload } = await engine.createUpload({
      actor: systemActor,
      ownerId,
      dialect: "native",
      name: `${newId()}.bin`,
      size: content.length,
      partSize,
      ...facts,
    });
    return upload.id;
  };
  const put = (number: number, source: TestSource, to = id): Promise<Upload> =>
    engine.receiveBytes({
      id: to,
      source,
      place: ({ size }) => ({
        start: number * partSize,
        limit: size ?? Infinity,
        unit: "part",
        endsContent: () => false,
      }),
    });
  const send = (number: number, bytes: Uint8Array = partOf(number), to = id) =>
    outcomeOf(put(number, createSource(bytes, { pieces: [20_000], memory: "slab" }), to));
  const stall = async (number: number, bytes: Uint8Array) => {
    const declaredLength = partSize;
    const source = createSource(bytes, { then: "stall", declaredLength, memory: "slab" });
    const outcome = outcomeOf(put(number, source));
    await Promise.race([source.drained, outcome]);
    // In an object: what an async function returns is awaited, and this may take for ever.
    return { outcome };
  };
  const contentOfFile = async ({ fileId }: Upload): Promise<Buffer> => {
    const file = await machine.metadata.files.find(fileId ?? "");
    return readBlob(engine, { blobId: file!.blobId, size: file!.size });
  };
  /** Sends what is missing, completes, and the file is what it should be, by its bytes and by its digest. */
  const expectCompletes = async (to = id): Promise<void> => {
    const upload = (await machine.metadata.uploads.find(to))!;
    if (upload.state !== "complete")
      for (let number = 0; number < parts; number++)
        expect(await send(number, partOf(number), to)).toBe("ok");
    const complete = await engine.completeUpload({ actor: systemActor, id: to });
    expect((await contentOfFile(complete)).equals(content)).toBe(true);
    const blob = await machine.metadata.blobs.find(complete.blobId ?? "");
    expect(blob?.digests.sha256).toBe(createHash("sha256").update(content).digest("hex"));
  };

  it("a newer writer takes over from one that stalls, again and again", async () => {
    for (let round = 0; round < 10; round++) {
      id = await create();
      const stalled = [];
      // Each is taken over by the next, and the last one brings it all.
      for (const length of [40_000, 0, 100, 65_536])
        stalled.push(await stall(0, other(partOf(0).subarray(0, length))));
      expect(await send(0)).toBe("ok");
      for (const { outcome } of stalled) expect(await outcome).toBe("superseded");
      await expectCompletes();
    }
  });

  it("a newer writer appends at the acknowledged offset while the older one hangs", async () => {
    for (let round = 0; round < 10; round++) {
      id = await create({ size: null });
      const append = (source: TestSource, offset: number) =>
        engine.receiveBytes({
          id,
          source,
          place: (now) => {
            expect(now.offset).toBe(offset);
            return { start: offset, limit: Infinity, unit: "byte", endsContent: () => false };
          },
        });
      let offset = 0;
      const hanging: Promise<string>[] = [];
      while (offset < content.length) {
        const hung = createSource(other(content.subarray(offset, offset + 50_000)), {
          then: "stall",
          declaredLength: null,
        });
        hanging.push(outcomeOf(append(hung, offset)));
        await hung.drained;
        const next = createSource(content.subarray(offset, offset + 100_000));
        offset = (await append(next, offset)).offset;
      }
      expect(await Promise.all(hanging)).toEqual(hanging.map(() => "superseded"));
      const complete = await engine.completeUpload({ actor: systemActor, id });
      expect((await contentOfFile(complete)).equals(content)).toBe(true);
    }
  });

  it("writers of other parts go on undisturbed by a takeover", async () => {
    for (let round = 0; round < 10; round++) {
      id = await create();
      const stalled = await stall(0, other(partOf(0).subarray(0, 10)));
      const outcomes = await Promise.all([
        ...Array.from({ length: parts - 1 }, (_, i) => send(i + 1)),
        send(0),
      ]);
      expect(outcomes).toEqual(outcomes.map(() => "ok"));
      expect(await stalled.outcome).toBe("superseded");
      await expectCompletes();
    }
  });

  it("takeovers of different parts do not disturb each other", async () => {
    for (let round = 0; round < 10; round++) {
      id = await create();
      const numbers = [...Array(parts).keys()];
      const stalled = await Promise.all(
        numbers.map((number) => stall(number, other(partOf(number).subarray(0, 10)))),
      );
      const outcomes = await Promise.all(numbers.map((number) => send(number)));
      expect(outcomes).toEqual(outcomes.map(() => "ok"));
      for (const { outcome } of stalled) expect(await outcome).toBe("superseded");
      await expectCompletes();
    }
  });

  it("of many writers of one part with different bytes, whoever is told so has won", async () => {
    for (let round = 0; round < 15; round++) {
      id = await create();
      if (round % 2 === 1) await stall(0, other(partOf(0).subarray(0, 1_000)));
      const bodies = Array.from({ length: 5 }, (_, i) => contentOf(100 + i, partSize));
      const outcomes = await Promise.all(bodies.map((bytes) => send(0, bytes)));
      for (const outcome of outcomes)
        expect(outcome).toEqual(oneOf("ok", "superseded", "part-conflict"));
      const winners = bodies.filter((_bytes, i) => outcomes[i] === "ok");
      expect(winners).toHaveLength(1);
      for (let number = 1; number < parts; number++) expect(await send(number)).toBe("ok");
      const complete = await engine.completeUpload({ actor: systemActor, id });
      const whole = Buffer.concat([winners[0]!, content.subarray(partSize)]);
      expect((await contentOfFile(complete)).equals(whole)).toBe(true);
      const blob = await machine.metadata.blobs.find(complete.blobId ?? "");
      expect(blob?.digests.sha256).toBe(createHash("sha256").update(whole).digest("hex"));
    }
  });

  it("a completion and late parts: the content is what was held", async () => {
    for (let round = 0; round < 10; round++) {
      id = await create();
      for (let number = 0; number < parts; number++) await send(number);
      const [completed, same, different] = await Promise.all([
        outcomeOf(engine.completeUpload({ actor: systemActor, id })),
        send(3),
        send(5, other(partOf(5))),
      ]);
      expect(completed).toBe("ok");
      expect(same).toEqual(oneOf("ok", "superseded", "upload-complete"));
      expect(different).toEqual(oneOf("part-conflict", "superseded", "upload-complete"));
      await expectCompletes();
    }
  });

  it("an abortion and parts: nothing stays behind, and other uploads go on", async () => {
    const { promisedBytes } = engine.capacity;
    for (let round = 0; round < 15; round++) {
      id = await create();
      const stalled = await stall(2, partOf(2).subarray(0, 100));
      const sending = [send(0), send(1), stalled.outcome];
      const aborted = engine.lifecycle.abort(id, systemActor);
      const late = [send(3), send(4)];
      await aborted;
      for (const outcome of await Promise.all([...sending, ...late]))
        expect(outcome).toEqual(oneOf("ok", "superseded", "upload-aborted"));
      expect(await send(5)).toBe("upload-aborted");
      expect(await engine.blobs.staging.length(id)).toBeUndefined();
      expect(await machine.metadata.uploads.ranges(id)).toEqual([]);
    }
    expect(engine.capacity.promisedBytes).toBe(promisedBytes);
    id = await create();
    await expectCompletes();
  });

  it("a pause and parts: what was acknowledged is held", async () => {
    for (let round = 0; round < 10; round++) {
      id = await create();
      const sending = [send(0), send(1)];
      if (round % 2 === 0) await sending[0];
      const pausing = engine.lifecycle.pause(id, systemActor);
      sending.push(send(2));
      await pausing;
      const outcomes = await Promise.all(sending);
      const paused = (await machine.metadata.uploads.find(id))!;
      expect(paused.state).toBe("paused");
      outcomes.forEach((outcome) =>
        expect(outcome).toEqual(oneOf("ok", "superseded", "upload-paused")),
      );
      const acknowledged = outcomes.filter((outcome) => outcome === "ok").length;
      expect(paused.receivedBytes).toBeGreaterThanOrEqual(acknowledged * partSize);
      expect(await send(3)).toBe("upload-paused");
      await engine.lifecycle.resume(id, systemActor);
      await expectCompletes();
    }
  });

  it("dropping parts and sending them: the content is what was sent last", async () => {
    for (let round = 0; round < 10; round++) {
      id = await create();
      await send(0, other(partOf(0)));
      const sending = [send(1, other(partOf(1))), send(2, other(partOf(2)))];
      const dropping = outcomeOf(engine.lifecycle.dropParts(id));
      sending.push(send(3, other(partOf(3))), send(1, other(partOf(1))));
      expect(await dropping).toBe("ok");
      await Promise.all(sending);
      expect(await outcomeOf(engine.lifecycle.dropParts(id))).toBe("ok");
      await expectCompletes();
    }
  });

  it("expiry and a part: what was acknowledged after it is not lost", async () => {
    for (let round = 0; round < 10; round++) {
      id = await create();
      await send(0);
      clock.advance(25 * 3_600_000);
      const [outcome] = await Promise.all([send(1), engine.lifecycle.expire()]);
      const { state, receivedBytes } = (await machine.metadata.uploads.find(id))!;
      if (outcome === "ok") expect([state, receivedBytes]).toEqual(["receiving", 2 * partSize]);
      else expect([outcome, state]).toEqual([oneOf("superseded", "upload-expired"), "expired"]);
      if (state === "receiving") await engine.lifecycle.abort(id, systemActor);
    }
  });

  it("a sweep and a publication of equal content: the published file keeps its bytes", async () => {
    const small = Buffer.from("small content");
    const sha256 = createHash("sha256").update(small).digest("hex");
    const storeSmall = (name: string) =>
      engine.storeSmallFile({
        actor: systemActor,
        ownerId,
        name,
        mediaType: null,
        bytes: small,
        sha256,
        onConflict: "fail",
      });
    const remove = (fileId: string) =>
      machine.metadata.files.remove({ actor: systemActor, id: fileId, ownerId, now: clock.now() });
    const sweepOn = async (during: Promise<unknown>) => {
      let isOver = false;
      const over = during.finally(() => (isOver = true));
      while (!isOver) {
        clock.advance(1);
        await engine.sweep();
      }
      await over;
    };
    for (let round = 0; round < 15; round++) {
      const [first, second] = [await create(), await create()];
      for (const one of [first, second])
        for (let number = 0; number < parts; number++) await send(number, partOf(number), one);
      const earlier = await engine.completeUpload({ actor: systemActor, id: first });
      const earlierSmall = await storeSmall(newId());
      clock.advance(1);
      const racing = Promise.all([
        remove(earlier.fileId ?? "").then(() =>
          engine.completeUpload({ actor: systemActor, id: second }),
        ),
        remove(earlierSmall.id).then(() => storeSmall(newId())),
      ]);
      await sweepOn(racing);
      const [published, smallFile] = await racing;
      clock.advance(1);
      await engine.sweep();
      expect((await contentOfFile(published)).equals(content)).toBe(true);
      const read = await readBlob(engine, { blobId: smallFile.blobId, size: small.length });
      expect(read.equals(small)).toBe(true);
      await remove(published.fileId ?? "");
      await remove(smallFile.id);
    }
    clock.advance(1);
    await engine.sweep();
  });

  it("more writers than the engine remembers idle uploads", async () => {
    id = await create();
    // Each holds its claim; no entry may be dropped for another.
    const { active } = engine;
    const upload = (await machine.metadata.uploads.find(id))!;
    const range = { start: 0, end: 1 };
    const claims = await Promise.all(
      Array.from({ length: 2_060 }, (_, i) => active.claim({ ...upload, id: `${i}` }, range)),
    );
    expect(claims.filter(({ signal }) => signal.aborted)).toEqual([]);
    for (const claim of claims) claim.release();
    for (let i = 0; i < claims.length; i++) active.forget(`${i}`);
  });
});
