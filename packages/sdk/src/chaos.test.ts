import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { downloadFile } from "./download/download.ts";
import { createLink } from "./link.ts";
import { createNodeUploader, fileSink, fileSource } from "./node/index.ts";
import type { FaultRule } from "./testing/fake-faults.ts";
import { createHarness, FAST_RETRY, makeBytes } from "./testing/harness.ts";

const PART = 64 * 1024;

const fault: fc.Arbitrary<FaultRule["fault"]> = fc.oneof(
  fc.record({
    kind: fc.constant("refuse" as const),
    status: fc.constantFrom(408, 429, 500, 502, 503, 504),
    code: fc.constant("busy"),
  }),
  fc.record({ kind: fc.constant("cut-request" as const), afterBytes: fc.nat(2 * PART) }),
  fc.record({ kind: fc.constant("lose-answer" as const) }),
  fc.record({ kind: fc.constant("cut-answer" as const), afterBytes: fc.nat(PART) }),
);

const rule: fc.Arbitrary<FaultRule> = fc.record({
  on: fc.constantFrom("GET ", "HEAD ", "POST /uploads", "PUT ", "PATCH ", "POST /files"),
  fault,
  times: fc.integer({ min: 1, max: 3 }),
  after: fc.nat(3),
});

/** Aborts at the n-th progress event, n from the list, then lets the last attempt through. */
async function persist<Result>(
  stops: readonly number[],
  attempt: (options: { signal: AbortSignal; onProgress: () => void }) => Promise<Result>,
): Promise<Result> {
  for (const stop of stops) {
    const controller = new AbortController();
    const reason = new Error("stopped");
    let events = 0;
    const onProgress = (): void => {
      events += 1;
      if (events === stop) controller.abort(reason);
    };
    try {
      return await attempt({ signal: controller.signal, onProgress });
    } catch (error) {
      if (error !== reason) throw error;
    }
  }
  return await attempt({ signal: new AbortController().signal, onProgress: () => undefined });
}

test("whatever fails in between, and however often it is stopped, one whole file arrives and returns", async () => {
  await using harness = await createHarness();
  const { client, server, folder } = harness;
  const link = { initialRequestBytes: PART, maxRequestBytes: 2 * PART };
  const size = fc.oneof(fc.nat(2_000), fc.nat(12 * PART));
  const stops = fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 3 });
  let round = 0;
  const property = fc.asyncProperty(
    size,
    fc.array(rule, { maxLength: 5 }),
    stops,
    async (...given) => {
      const [bytesCount, rules, stopAt] = given;
      round += 1;
      const name = `file-${round}.bin`;
      const bytes = makeBytes(bytesCount, round);
      const path = join(folder, name);
      await writeFile(path, bytes);
      for (const each of rules) server.faults.add(each);
      const sent = await persist(stopAt, async (options) => {
        const uploader = createNodeUploader({ client, retry: FAST_RETRY, link });
        return await uploader.upload(await fileSource(path), options);
      });
      expect(server.files.get(sent.file.id).bytes.equals(bytes)).toBe(true);
      expect(server.files.all).toHaveLength(1);
      const target = join(folder, `${name}.out`);
      await persist(stopAt, (options) => {
        const common = { client, retry: FAST_RETRY, link: createLink(link) };
        return downloadFile(sent.file.id, { ...common, ...options, sink: fileSink(target) });
      });
      expect((await readFile(target)).equals(bytes)).toBe(true);
      server.files.remove(sent.file.id);
      server.faults.clear();
      await rm(target);
    },
  );
  await fc.assert(property, { numRuns: 40 });
}, 60_000);
