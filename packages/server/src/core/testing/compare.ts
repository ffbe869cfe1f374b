/** Whether what was observed is what the model says, in words where it is not. */
import type { Upload } from "../uploads/upload.ts";
import * as model from "./model.ts";
import type { ModelUpload, State } from "./model.ts";
import type { observe } from "./world.ts";

export type Observed = Awaited<ReturnType<typeof observe>>;
type Seen = Observed["seen"][number];

/** Differences between the model's state and what was observed; none when they agree. */
export function differences(state: State, observed: Observed): string[] {
  return [
    ...state.uploads.flatMap((upload, i) => uploadDifferences(upload, observed.seen[i])),
    ...fileDifferences(state, observed),
    ...sumDifferences(state, observed),
  ];
}

export function uploadDifferences(expected: ModelUpload, seen: Seen): string[] {
  const differ = unequal(`upload ${expected.key}`);
  if (!seen) return differ("row", "absent", "present");
  const { upload, ranges } = seen;
  if (expected.state !== upload.state) return differ("state", upload.state, expected.state);
  if (!model.isOpenState(expected.state) && expected.state !== "complete") return [];
  const held = ranges.reduce<model.State["uploads"][number]["held"]>(model.addRange, []);
  const wanted = expected.floor && upload.state !== "complete" ? held : expected.held;
  const sound = { ...expected, held: wanted };
  return [
    ...differ("size", upload.size, expected.size),
    ...differ("offset", upload.offset, model.offsetOf(sound)),
    ...differ("received bytes", upload.receivedBytes, model.receivedOf(sound)),
    ...(upload.state === "complete" ? [] : heldDifferences(expected, { held, seen })),
  ];
}

function heldDifferences(
  expected: ModelUpload,
  { held, seen }: { held: ModelUpload["held"]; seen: NonNullable<Seen> },
): string[] {
  const differ = unequal(`upload ${expected.key}`);
  const { floor } = expected;
  const isWithin = floor && model.contains(expected.held, held) && model.contains(held, floor);
  if (!isWithin) {
    const text = (ranges: ModelUpload["held"]) => ranges.map((r) => `${r.start}-${r.end}`).join();
    const different = differ("held", text(held), text(expected.held));
    if (different.length > 0) return different;
  }
  return held.flatMap(({ start, end }) => {
    const [there, sent] = [seen.bytes?.subarray(start, end), expected.bytes.subarray(start, end)];
    return there && Buffer.compare(there, sent) === 0
      ? []
      : [`upload ${expected.key}: the disk does not hold what was sent to ${start}-${end}`];
  });
}

function fileDifferences({ files }: State, { items, contents }: Observed): string[] {
  const differ = unequal("files");
  const names = Object.keys(files).toSorted();
  const different = differ(
    "names",
    items
      .map(({ name }) => name)
      .toSorted()
      .join(),
    names.join(),
  );
  if (different.length > 0) return different;
  return names.flatMap((name) => contentDifference(name, contents.get(name), files[name]!));
}

export function contentDifference(
  name: string,
  found: Uint8Array | undefined,
  expected: Uint8Array,
): string[] {
  if (found === undefined || Buffer.compare(found, expected) === 0) return [];
  return [`file ${name}: ${found.length} bytes are not the ${expected.length} that were published`];
}

/** What is used, reserved and promised follows from files, their versions and open uploads, exactly. */
function sumDifferences(state: State, observed: Observed): string[] {
  const differ = unequal("account");
  const open = state.uploads.filter((upload) => model.isOpenState(upload.state));
  if (open.some((upload) => upload.floor)) return [];
  const sum = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0);
  const { usedBytes, reservedBytes, promisedBytes } = observed;
  const kept = [...Object.values(state.files), ...Object.values(state.older).flat()];
  const received = (upload: ModelUpload) => model.receivedOf(upload);
  return [
    ...differ("used", usedBytes, sum(kept.map((bytes) => bytes.length))),
    ...differ("reserved", reservedBytes, sum(open.map((one) => one.size ?? received(one)))),
    ...differ(
      "promised",
      promisedBytes,
      sum(open.map((one) => (one.size === null ? 0 : one.size - received(one)))),
    ),
  ];
}

/** Takes over what the model leaves open: identifiers, times, and how much of a cut body was kept. */
export function adopt(state: State, { seen }: Observed): void {
  state.uploads.forEach((upload, i) => {
    const found = seen[i];
    if (!found) return;
    upload.expiresAt = found.upload.expiresAt;
    if (!upload.floor) return;
    delete upload.floor;
    if (!isComplete(found.upload)) upload.held = found.ranges.reduce(model.addRange, []);
  });
}

const isComplete = ({ state }: Upload): boolean => state === "complete";

function unequal(what: string) {
  return (facet: string, found: unknown, expected: unknown): string[] =>
    found === expected
      ? []
      : [`${what}: ${facet} is ${String(found)}, expected ${String(expected)}`];
}
