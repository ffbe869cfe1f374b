/** What each operation does to the model: the state machine of an upload, once more, from the outside. */
import type { Digests } from "../blobs/digest.ts";
import { wholeParts } from "../uploads/ranges.ts";
import type { Range } from "../uploads/upload.ts";
import * as model from "./model.ts";
import type { Alternative, ModelUpload, State } from "./model.ts";
import type { Complete, Operation, Small } from "./operations.ts";
import {
  claimsOf,
  digestsOf,
  newUpload,
  sentAppend,
  sentPart,
  sizeOf,
  stalledBody,
  type Sent,
} from "./sent.ts";
import { contentOf } from "./sources.ts";

const one = (outcome: string, state: State): Alternative[] => [{ outcome, state }];

export function predict(state: State, operation: Operation): Alternative[] {
  switch (operation.kind) {
    case "create": {
      const upload = newUpload(state, operation);
      if (!upload) return one("name-taken", state);
      return one(
        "ok",
        model.change(state, (next) => next.uploads.push(upload)),
      );
    }
    case "part":
      return predictBody(state, sentPart(state, operation));
    case "append":
      return predictBody(state, sentAppend(state, operation));
    case "race":
      return predictRace(state, [
        sentPart(state, operation.first),
        sentPart(state, { ...operation.second, upload: operation.first.upload }),
      ]);
    case "stall":
      return one(
        "ok",
        model.change(state, (next) => (next.stalled = stalledBody(state, operation))),
      );
    case "break":
      return one("ok", keepStalled(state));
    case "complete":
      return predictComplete(state, operation);
    case "small":
      return predictSmall(state, operation);
    case "pause":
    case "resume":
    case "abort":
    case "drop":
      return predictMove(state, operation);
    case "expire":
      return one("ok", expire(state, operation.advanceMs));
    case "delete": {
      const name = Object.keys(state.files).toSorted()[operation.file];
      return one(
        "ok",
        model.change(state, (next) => model.forgetFile(next, name ?? "")),
      );
    }
    case "sweep":
    case "compact":
      return one("ok", state);
  }
}

/** What may be so while an operation of two steps is between them. */
export function predictHalfWay(state: State, operation: Operation): State[] {
  const { kind } = operation;
  // A stalled writer records what it has before the state changes.
  if (kind === "pause") return state.stalled ? [keepStalled(state)] : [];
  if (kind !== "part" && kind !== "append" && kind !== "race") return [];
  // What completes by itself is recorded first, and published then.
  const key = kind === "race" ? operation.first.upload : operation.upload;
  if (!model.uploadOf(state, key).autoComplete) return [];
  const withAuto = (from: State, autoComplete: boolean) =>
    model.change(from, (next) => void Object.assign(model.uploadOf(next, key), { autoComplete }));
  const received = predict(withAuto(state, false), operation);
  return received.map((one) => withAuto(one.state, true));
}

/** A stalled writer of these bytes gives way, and leaves nothing. */
function fence(state: State, key: number, range: Range = { start: 0, end: Infinity }): State {
  const { stalled } = state;
  const isInTheWay =
    stalled?.key === key && stalled.range.start < range.end && range.start < stalled.range.end;
  return isInTheWay ? model.change(state, (next) => (next.stalled = undefined)) : state;
}

/** A stalled writer ends, and what it brought is kept as far as it can be. */
function keepStalled(state: State): State {
  return model.change(state, (next) => {
    const { stalled } = next;
    next.stalled = undefined;
    if (stalled) keep(next, { ...stalled, start: stalled.range.start, unit: "part" });
  });
}

function keep(
  next: State,
  {
    key,
    start,
    sent,
    unit,
  }: { key: number; start: number; sent: Uint8Array; unit: "byte" | "part" },
): void {
  const upload = model.uploadOf(next, key);
  const end = start + sent.length;
  const keptEnd = unit === "byte" ? end : (wholeParts({ start, end }, upload)?.end ?? start);
  const before = upload.held;
  const isSound = model.hold(structuredClone(upload), { start, bytes: sent });
  if (!isSound) return;
  model.hold(upload, { start, bytes: sent.subarray(0, keptEnd - start) });
  // A checksum run that has not ended at a part's end is not recorded.
  if (upload.durability === "balanced" && keptEnd < end) upload.floor = before;
}

function predictBody(state: State, sent: Sent): Alternative[] {
  const { key, start, unit, isCut } = sent;
  const upload = model.uploadOf(state, key);
  const refusal = model.refusalOf(upload);
  if (refusal !== undefined) return one(refusal, state);
  if (sent.mustBeOffset && start !== model.offsetOf(upload)) return one("offset-mismatch", state);
  if (isOutOfRange(upload, start)) return one("part-out-of-range", state);
  const limit = upload.size ?? Infinity;
  const declared = sent.isDeclared ? sent.bytes.length : null;
  if (declared !== null && start + declared > limit) return one("body-too-long", state);

  const base = fence(state, key, { start, end: declared === null ? limit : start + declared });
  const bytes = sent.bytes.subarray(0, sent.sentBytes);
  const end = start + bytes.length;
  const isSound = model.hold(structuredClone(upload), { start, bytes });
  const isClaimed = Object.keys(sent.claimed).length > 0;
  // Noticed as it arrives, or once the claim has held.
  const conflict = isSound || isClaimed ? [] : one("part-conflict", base);
  if (end > limit) return [...one("body-too-long", base), ...conflict];
  if (isCut) {
    const kept = model.change(base, (next) => {
      if (isSound && !isClaimed) keep(next, { key, start, sent: bytes, unit });
    });
    return [...one("body-cut", kept), ...conflict];
  }
  if (!sent.isClaimRight) return one("digest-mismatch", base);
  if (!isSound) return one("part-conflict", base);
  const declares = upload.size === null && sent.endsContent(end, upload.partSize);
  const isWhole = wholeParts({ start, end }, upload)?.end === end;
  if (unit === "part" && !declares && !isWhole) return one("part-misaligned", base);
  if (declares && (upload.held.at(-1)?.end ?? 0) > end) return one("invalid-request", base);
  const received = model.change(base, (next) => {
    const changed = model.uploadOf(next, key);
    model.hold(changed, { start, bytes });
    if (declares) changed.size = end;
  });
  const now = model.uploadOf(received, key);
  if (!now.autoComplete || model.receivedOf(now) !== now.size) return one("ok", received);
  return publish(received, { key, size: now.size, claimed: {} });
}

export function isOutOfRange({ size }: Pick<ModelUpload, "size">, start: number): boolean {
  return size !== null && start > 0 && start > size;
}

/** One after the other in either order, or the one that came first has to give way. */
function predictRace(state: State, [first, second]: [Sent, Sent]): Alternative[] {
  const after = ([one, other]: [Sent, Sent], join: (a: string, b: string) => string) =>
    predictBody(state, one).flatMap((a) =>
      predictBody(a.state, other).map((b) => ({
        outcome: join(a.outcome, b.outcome),
        state: b.state,
      })),
    );
  const alone = (sent: Sent, join: (outcome: string) => string) =>
    predictBody(state, sent).map((a) => ({ outcome: join(a.outcome), state: a.state }));
  return [
    ...after([first, second], (a, b) => `${a},${b}`),
    ...after([second, first], (b, a) => `${a},${b}`),
    ...alone(first, (a) => `${a},superseded`),
    ...alone(second, (b) => `superseded,${b}`),
  ];
}

function predictComplete(state: State, operation: Complete): Alternative[] {
  const { upload: key, claim } = operation;
  const upload = model.uploadOf(state, key);
  if (upload.state === "complete") {
    const bytes = upload.bytes.subarray(0, upload.size ?? 0);
    const kept = [...Object.values(state.files), ...Object.values(state.older).flat()];
    const isKept = kept.some((file) => Buffer.compare(file, bytes) === 0);
    // What was deleted and swept can be compared with nothing.
    return claim === "wrong"
      ? [...one("digest-mismatch", state), ...(isKept ? [] : one("ok", state))]
      : one("ok", state);
  }
  const refusal = model.refusalOf(upload);
  if (refusal !== undefined) return one(refusal, state);
  const size = upload.size ?? sizeOf(upload, operation) ?? upload.held.at(-1)?.end ?? 0;
  const isWhole = model.receivedOf(upload) === size && model.offsetOf(upload) === size;
  if (!isWhole) return one("upload-incomplete", state);
  return publish(state, { key, size, claimed: claimsOf(upload, operation) });
}

function publish(
  state: State,
  { key, size, claimed }: { key: number; size: number; claimed: Digests },
): Alternative[] {
  const sized = model.change(fence(state, key), (next) => {
    model.uploadOf(next, key).size = size;
  });
  const upload = model.uploadOf(sized, key);
  const bytes = upload.bytes.subarray(0, size);
  const actual = digestsOf(bytes, "sha256", "sha1", "md5");
  const isAsClaimed = Object.entries({ ...upload.claimed, ...claimed }).every(
    ([name, value]) => actual[name as keyof Digests] === value,
  );
  if (!isAsClaimed) return one("digest-mismatch", sized);
  const { name, onConflict } = upload;
  if (!model.placeName(sized, { name, onConflict })) return one("name-taken", sized);
  return one(
    "ok",
    model.change(sized, (next) => {
      model.putFile(next, { name, onConflict, bytes });
      const ended = model.uploadOf(next, key);
      ended.state = "complete";
      ended.held = model.addRange([], { start: 0, end: size });
    }),
  );
}

function predictSmall(state: State, { content, length, name, onConflict }: Small): Alternative[] {
  const bytes = contentOf(content, length);
  if (!model.placeName(state, { name, onConflict })) return one("name-taken", state);
  return one(
    "ok",
    model.change(state, (next) => model.putFile(next, { name, onConflict, bytes })),
  );
}

function predictMove(
  state: State,
  { kind, upload: key }: { kind: "pause" | "resume" | "abort" | "drop"; upload: number },
): Alternative[] {
  const upload = model.uploadOf(state, key);
  const refusal = model.refusalOf(upload);
  const isPaused = upload.state === "paused";
  const move = (from: State, to: ModelUpload["state"]) =>
    one(
      "ok",
      model.change(from, (next) => (model.uploadOf(next, key).state = to)),
    );
  switch (kind) {
    case "pause":
      if (isPaused) return one("ok", state);
      if (refusal !== undefined) return one(refusal, state);
      return move(state.stalled?.key === key ? keepStalled(state) : state, "paused");
    case "resume":
      if (isPaused) return move(state, "receiving");
      return one(refusal ?? "ok", state);
    case "abort":
      if (upload.state === "aborted") return one("ok", state);
      if (refusal !== undefined && !isPaused) return one(refusal, state);
      return move(fence(state, key), "aborted");
    case "drop":
      if (refusal !== undefined) return one(refusal, state);
      return one(
        "ok",
        model.change(fence(state, key), (next) => (model.uploadOf(next, key).held = [])),
      );
  }
}

function expire(state: State, advanceMs: number): State {
  const now = state.now + advanceMs;
  const due = ({ state: is, expiresAt }: ModelUpload) =>
    (is === "receiving" || is === "paused") && expiresAt <= now;
  const fenced = state.uploads.filter(due).reduce((before, { key }) => fence(before, key), state);
  return model.change(fenced, (next) => {
    next.now = now;
    for (const upload of next.uploads) if (due(upload)) upload.state = "expired";
  });
}
