/** Who gets content without sending it, what happens beside it, and what others can tell from the answers. */
import { createHash, randomBytes } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { systemActor } from "../events.ts";
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
import { contentOf, createSource } from "../testing/sources.ts";
import { outcomeOf } from "../testing/world.ts";
import { computeProof, type Challenge } from "./challenge.ts";
import { challengeTtlMs, createInstantUpload, maxAttempts } from "./instant.ts";
import type { Upload } from "./upload.ts";

const partSize = 256 * 1024;
const content = contentOf(1, 4 * partSize + 5);
const hashOf = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const sha256 = hashOf(content);
const actor = systemActor;
const wrong = "0".repeat(64);

async function proofOf(bytes: Buffer, { nonce, ranges }: Challenge): Promise<string> {
  const pieces = ranges.map(({ start, end }) => bytes.subarray(start, end));
  return (await computeProof(nonce, pieces)).toString("hex");
}

describe("instant upload", () => {
  const clock = createTestClock();
  const stranger = newId();
  let machine: Machine;
  let engine: Engine;
  let user: string;
  beforeAll(async () => {
    machine = await openMachine({ writer: "thread", threads: 2 });
    engine = await openEngine(machine, { clock });
    await addAccount(stranger);
    await store(stranger, content);
  });
  beforeEach(async () => {
    user = newId();
    await addAccount(user);
  });
  afterAll(async () => {
    await engine[Symbol.asyncDispose]();
    await machine[Symbol.asyncDispose]();
  });

  const addAccount = (id: string, quotaBytes: number | null = null) =>
    machine.metadata.accounts.ensureOwner({ id, name: "a", quotaBytes, now: clock.now() });
  const create = async (of: string, more: { size?: number | null; name?: string } = {}) => {
    const { upload } = await engine.createUpload({
      actor,
      ownerId: of,
      dialect: "native",
      name: `${newId()}.bin`,
      size: content.length,
      partSize,
      ...more,
    });
    return upload;
  };
  const put = (id: string, source: ReturnType<typeof createSource>, start = 0) =>
    engine.receiveBytes({
      id,
      source,
      place: () => ({ start, limit: content.length, unit: "part", endsContent: () => false }),
    });
  const store = async (of: string, bytes: Buffer): Promise<Upload> => {
    const { id } = await create(of, { size: bytes.length });
    await put(id, createSource(bytes));
    return engine.completeUpload({ id, actor });
  };
  const ask = async (id: string, hash = sha256): Promise<Challenge> => {
    const { challenge } = await engine.instantUpload.challenge({ id, sha256: hash, actor });
    return challenge!;
  };
  const answer = (id: string, { nonce }: Challenge, proof: string) =>
    engine.instantUpload.prove({ id, nonce, proof, actor });
  const prove = async (id: string) => {
    const challenge = await ask(id);
    return answer(id, challenge, await proofOf(content, challenge));
  };
  const accountOf = async (id: string) => {
    const { usedBytes, reservedBytes } = (await machine.metadata.accounts.find(id))!;
    return { usedBytes, reservedBytes };
  };

  it("gives who proves possession a file of the same content, and no byte is sent", async () => {
    const { id } = await create(user);
    const upload = await prove(id);
    expect(upload).toMatchObject({ state: "complete", size: content.length });
    const bytes = await readBlob(engine, { blobId: upload.blobId!, size: content.length });
    expect(bytes.equals(content)).toBe(true);
    expect(await accountOf(user)).toEqual({ usedBytes: content.length, reservedBytes: 0 });
    expect(await engine.blobs.staging.length(id)).toBeUndefined();
    expect(engine.capacity.promisedBytes).toBe(0);
  });

  it("links at once what the owner holds, whatever others hold", async () => {
    await store(user, content);
    const { id } = await create(user);
    const { upload, challenge } = await engine.instantUpload.challenge({ id, sha256, actor });
    expect([upload.state, challenge]).toEqual(["complete", null]);
  });

  it("answers a challenge for any hash, and the same for a wrong proof as for unknown content", async () => {
    const outcomes: object[] = [];
    for (const hash of [sha256, hashOf(randomBytes(8))]) {
      const { id, name, createdAt, updatedAt, expiresAt } = await create(user);
      const challenge = await ask(id, hash);
      expect(challenge.ranges).toHaveLength(64);
      const upload = await answer(id, challenge, wrong);
      expect(upload.state).toBe("receiving");
      outcomes.push({ ...upload, id: 0, name: 0, at: [createdAt, updatedAt, expiresAt] });
      expect(upload).toMatchObject({ id, name, createdAt, updatedAt, expiresAt });
      await engine.lifecycle.abort(id, actor);
    }
    expect(outcomes[0]).toEqual(outcomes[1]);
  });

  it("takes as long for unknown content as for a wrong proof, also when reading hangs", async () => {
    const slow = openEngineWith(() => undefined);
    const took: number[] = [];
    for (const hash of [sha256, hashOf(randomBytes(8))]) {
      const { id } = await create(user);
      const { challenge } = await slow.instantUpload.challenge({ id, sha256: hash, actor });
      const began = performance.now();
      await slow.instantUpload.prove({ id, nonce: challenge!.nonce, proof: wrong, actor });
      took.push(performance.now() - began);
      await engine.lifecycle.abort(id, actor);
    }
    for (const ms of took) expect(ms).toBeGreaterThanOrEqual(500);
    // Much, for a busy machine; an answer that waited for the disk would never come.
    expect(Math.abs(took[0]! - took[1]!)).toBeLessThan(400);
  });

  it("refuses a proof that was used, is another upload's, or comes too late", async () => {
    const { id } = await create(user);
    const first = await ask(id);
    const proof = await proofOf(content, first);
    const other = await create(user);
    expect(await outcomeOf(answer(other.id, first, proof))).toBe("challenge-spent");
    expect((await answer(id, first, proof)).state).toBe("complete");
    expect(await outcomeOf(answer(id, first, proof))).toBe("challenge-spent");

    await engine.lifecycle.abort(other.id, actor);
    user = newId();
    await addAccount(user);
    const late = await create(user);
    const second = await ask(late.id);
    clock.advance(challengeTtlMs);
    expect(await outcomeOf(answer(late.id, second, await proofOf(content, second)))).toBe(
      "challenge-spent",
    );
    await engine.lifecycle.abort(late.id, actor);
  });

  it("does not take the proof of one challenge for another", async () => {
    const { id } = await create(user);
    const proof = await proofOf(content, await ask(id));
    const second = await ask(id);
    expect((await answer(id, second, proof)).state).toBe("receiving");
    await engine.lifecycle.abort(id, actor);
  });

  it("grants nothing more to who guessed too often, though the proof be right; the bytes are welcome", async () => {
    const { id } = await create(user);
    const guess = async () => {
      const other = await create(user);
      await answer(other.id, await ask(other.id), wrong);
      await engine.lifecycle.abort(other.id, actor);
    };
    await Promise.all(Array.from({ length: maxAttempts }, guess));
    expect((await prove(id)).state).toBe("receiving");
    await put(id, createSource(content));
    expect((await engine.completeUpload({ id, actor })).state).toBe("complete");
  });

  it("asks for all of a small content, and for nothing of an empty one", async () => {
    for (const size of [1, 5_000, 64 * 4096]) {
      const bytes = contentOf(size, size);
      await store(stranger, bytes);
      const { id } = await create(user, { size });
      const challenge = await ask(id, hashOf(bytes));
      expect(challenge.ranges).toEqual([{ start: 0, end: size }]);
      const spoilt = Buffer.from(bytes);
      spoilt[size - 1]! ^= 1;
      expect((await answer(id, challenge, await proofOf(spoilt, challenge))).state).toBe(
        "receiving",
      );
      const again = await ask(id, hashOf(bytes));
      expect((await answer(id, again, await proofOf(bytes, again))).state).toBe("complete");
    }
    const empty = await create(user, { size: 0 });
    expect((await ask(empty.id, hashOf(Buffer.alloc(0)))).ranges).toEqual([]);
    await engine.lifecycle.abort(empty.id, actor);
  });

  it("needs the bytes when the size is another, and cannot ask before the size is known", async () => {
    const { id } = await create(user, { size: content.length - 1 });
    expect((await prove(id)).state).toBe("receiving");
    const unsized = await create(user, { size: null });
    expect(await outcomeOf(ask(unsized.id))).toBe("invalid-request");
    for (const open of [id, unsized.id]) await engine.lifecycle.abort(open, actor);
  });

  it("refuses to name another content than was claimed at creation", async () => {
    const { upload } = await engine.createUpload({
      actor,
      ownerId: user,
      dialect: "native",
      name: "claimed",
      size: content.length,
      claimed: { sha256: wrong },
    });
    expect(await outcomeOf(ask(upload.id))).toBe("digest-mismatch");
    await engine.lifecycle.abort(upload.id, actor);
  });

  it("stops writers that are under way, tells them why, and leaves nothing behind", async () => {
    for (let round = 0; round < 10; round++) {
      user = newId();
      await addAccount(user);
      const { id } = await create(user);
      await put(id, createSource(content.subarray(0, partSize)));
      const stalled = createSource(content.subarray(partSize, partSize + 1000), {
        then: "stall",
        declaredLength: partSize,
        memory: "slab",
      });
      const writing = outcomeOf(put(id, stalled, partSize));
      await stalled.drained;
      expect((await prove(id)).state).toBe("complete");
      expect(await writing).toBe("upload-complete");
      expect(stalled.outstanding).toBe(0);
      expect(await outcomeOf(put(id, createSource(content.subarray(0, partSize))))).toBe(
        "upload-complete",
      );
      expect(await accountOf(user)).toEqual({ usedBytes: content.length, reservedBytes: 0 });
      expect(engine.active.writers).toBe(0);
      await expect.poll(() => engine.blobs.staging.length(id)).toBeUndefined();
      expect((await engine.completeUpload({ id, actor, claimed: { sha256 } })).state).toBe(
        "complete",
      );
    }
    expect(engine.capacity.promisedBytes).toBe(0);
    expect(engine.alarms).toEqual([]);
  });

  it("comes to one end when proof, completion, abort, pause and bytes meet", async () => {
    const acts = {
      complete: (id: string) => engine.completeUpload({ id, actor }),
      abort: (id: string) => engine.lifecycle.abort(id, actor),
      pause: (id: string) => engine.lifecycle.pause(id, actor),
      drop: (id: string) => engine.lifecycle.dropParts(id),
      bytes: (id: string) => put(id, createSource(content)),
    };
    const names = Object.keys(acts) as (keyof typeof acts)[];
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray(names, { minLength: 1 }),
        fc.boolean(),
        fc.array(fc.nat(3), { minLength: 5, maxLength: 5 }),
        async (chosen, isWhole, delays) => {
          const account = newId();
          await addAccount(account);
          const { id } = await create(account);
          if (isWhole) await put(id, createSource(content));
          const challenge = await ask(id);
          const proof = await proofOf(content, challenge);
          const proving = outcomeOf(answer(id, challenge, proof));
          const others = chosen.map(async (name, i) => {
            for (let turn = 0; turn < delays[i]!; turn++) await new Promise(setImmediate);
            return outcomeOf(acts[name](id));
          });
          await Promise.all([proving, ...others]);
          const upload = (await machine.metadata.uploads.find(id))!;
          const { usedBytes, reservedBytes } = await accountOf(account);
          const files = await machine.metadata.files.list({ ownerId: account, limit: 9 });
          if (upload.state === "complete") {
            expect([usedBytes, reservedBytes]).toEqual([content.length, 0]);
            expect(files.items).toMatchObject([{ digests: { sha256 } }]);
          } else {
            expect([usedBytes, files.items]).toEqual([0, []]);
            expect(reservedBytes).toBe(upload.state === "aborted" ? 0 : content.length);
            await engine.lifecycle.abort(id, actor);
          }
          expect(engine.active.writers).toBe(0);
          await expect.poll(() => engine.blobs.staging.length(id)).toBeUndefined();
        },
      ),
      { numRuns: 60 },
    );
    expect(engine.capacity.promisedBytes).toBe(0);
    expect(engine.alarms).toEqual([]);
  }, 60_000);

  it("needs the bytes of content that was swept between challenge and proof, or during it", async () => {
    const bytes = contentOf(7, 400_000);
    const { fileId } = await store(stranger, bytes);
    const { id } = await create(user, { size: bytes.length });
    const challenge = await ask(id, hashOf(bytes));
    const proof = await proofOf(bytes, challenge);
    await machine.metadata.files.remove({
      actor,
      id: fileId!,
      ownerId: stranger,
      now: clock.now(),
    });
    clock.advance(1);
    const [upload] = await Promise.all([answer(id, challenge, proof), engine.sweep()]);
    if (upload.state === "complete") {
      const { blobId } = upload;
      expect((await readBlob(engine, { blobId: blobId!, size: bytes.length })).equals(bytes)).toBe(
        true,
      );
    } else {
      await put(id, createSource(bytes));
      expect((await engine.completeUpload({ id, actor })).state).toBe("complete");
    }
  });

  it("needs the bytes of content that cannot be read, and raises the alarm", async () => {
    const broken = openEngineWith(() => {
      throw new Error("a bad sector");
    });
    const { id } = await create(user);
    const { challenge } = await broken.instantUpload.challenge({ id, sha256, actor });
    const { nonce } = challenge!;
    const upload = await broken.instantUpload.prove({
      id,
      nonce,
      proof: await proofOf(content, challenge!),
      actor,
    });
    expect(upload.state).toBe("receiving");
    expect(broken.unreadable).toMatchObject([{ error: { message: "a bad sector" } }]);
    await engine.lifecycle.abort(id, actor);
  });

  it("refuses for quota and for a taken name only who has proven, and the upload stays open", async () => {
    await store(user, contentOf(3, 10));
    const { items } = await machine.metadata.files.list({ ownerId: user, limit: 1 });
    const { upload } = await engine.createUpload({
      actor,
      ownerId: user,
      dialect: "native",
      name: "later taken",
      size: content.length,
    });
    await engine.linkOwnContent({
      ownerId: user,
      actor,
      name: "later taken",
      digests: { sha256: items[0]!.digests.sha256! },
    });
    expect((await answer(upload.id, await ask(upload.id), wrong)).state).toBe("receiving");
    expect(await outcomeOf(prove(upload.id))).toBe("name-taken");
    expect((await machine.metadata.uploads.find(upload.id))?.state).toBe("receiving");
    await engine.lifecycle.abort(upload.id, actor);
  });

  it("links nothing of others to a protocol that cannot prove, by whatever digest", async () => {
    const linkOwn = (name: string, digests: object) =>
      engine.linkOwnContent({ ownerId: user, name, digests, actor });
    expect(await linkOwn("a", { sha256 })).toBeUndefined();
    expect(await linkOwn("a", {})).toBeUndefined();
    const { blobId } = await store(user, content);
    const md5 = createHash("md5").update(content).digest("hex");
    expect(await linkOwn("a", { md5 })).toBeUndefined();
    await machine.metadata.blobs.addDigests({ blobId: blobId!, digests: { md5 } });
    expect(await linkOwn("a", { md5 })).toMatchObject({ name: "a", digests: { sha256 } });
    expect(await outcomeOf(linkOwn("a/b", { md5 }))).toBe("name-refused");
    // In another's folder it is as if there were none.
    const elsewhere = { ownerId: user, parentId: newId(), name: "x", digests: { md5 }, actor };
    expect(await outcomeOf(engine.linkOwnContent(elsewhere))).toBe("node-not-found");
  });

  it("keeps to an owner's own content in scope user, and refuses in scope off", async () => {
    await using own = await openMachine();
    for (const scope of ["user", "off"] as const) {
      await using scoped = await openEngine(own, { clock, instantScope: scope });
      const begin = async (of: string, name: string) =>
        (
          await scoped.createUpload({
            actor,
            ownerId: of,
            dialect: "native",
            name,
            size: content.length,
            partSize,
          })
        ).upload.id;
      if (scope === "off") {
        const id = await begin(ownerId, "off");
        expect(await outcomeOf(scoped.instantUpload.challenge({ id, sha256, actor }))).toBe(
          "instant-off",
        );
        continue;
      }
      const first = await begin(ownerId, "first");
      await scoped.receiveBytes({
        id: first,
        source: createSource(content),
        place: () => ({
          start: 0,
          limit: content.length,
          unit: "part",
          endsContent: () => false,
        }),
      });
      await scoped.completeUpload({ id: first, actor });
      const second = await begin(ownerId, "second");
      expect(await scoped.instantUpload.challenge({ id: second, sha256, actor })).toMatchObject({
        challenge: null,
      });
      const other = newId();
      await own.metadata.accounts.ensureOwner({
        id: other,
        name: "b",
        quotaBytes: null,
        now: clock.now(),
      });
      const third = await begin(other, "third");
      const { challenge } = await scoped.instantUpload.challenge({ id: third, sha256, actor });
      const { nonce } = challenge!;
      const proof = await proofOf(content, challenge!);
      expect((await scoped.instantUpload.prove({ id: third, nonce, proof, actor })).state).toBe(
        "receiving",
      );
    }
  });

  it("refuses while writes are stopped", async () => {
    const { id } = await create(user);
    const blobs = Object.create(engine.blobs, {
      poisoned: { value: "a flush failed" },
    }) as Engine["blobs"];
    const { instantUpload } = openEngineWith((read) => read(), { blobs });
    expect(await outcomeOf(instantUpload.challenge({ id, sha256, actor }))).toBe("writes-stopped");
    const challenge = await ask(id);
    const proof = await proofOf(content, challenge);
    const { nonce } = challenge;
    const proving = instantUpload.prove({ id, nonce, proof, actor });
    expect(await outcomeOf(proving)).toBe("writes-stopped");
    expect((await answer(id, challenge, proof)).state).toBe("complete");
  });

  it("survives a restart between challenge and proof, with the bytes that were received", async () => {
    const { id } = await create(user);
    await put(id, createSource(content.subarray(0, partSize)));
    const challenge = await ask(id);
    await engine[Symbol.asyncDispose]();
    engine = await openEngine(machine, { clock });
    expect((await machine.metadata.uploads.find(id))?.offset).toBe(partSize);
    expect((await answer(id, challenge, await proofOf(content, challenge))).state).toBe("complete");
  });

  /** The same parts, with something done before every read of a blob. */
  function openEngineWith(
    beforeRead: (read: () => void) => unknown,
    { blobs }: { blobs: Engine["blobs"] } = engine,
  ) {
    const unreadable: object[] = [];
    const instantUpload = createInstantUpload({
      ...engine,
      blobs,
      uploads: machine.metadata.uploads,
      instant: machine.metadata.instant,
      index: machine.metadata.blobs,
      scope: "site",
      refusalMs: 500,
      onUnreadable: (facts) => unreadable.push(facts),
      onCleanUpError: (error) => unreadable.push({ error }),
      async *readContent(blobId, range) {
        await new Promise<void>((resolve) => void beforeRead(resolve));
        yield* engine.readContent(blobId, range);
      },
    });
    return { instantUpload, unreadable };
  }
});
