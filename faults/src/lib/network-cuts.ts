import { setTimeout as delay } from "node:timers/promises";
import { encodeBatch } from "./client.ts";
import { contentAt } from "./content.ts";
import { intendFile } from "./file-operations.ts";
import { answered, wrong, type Finding } from "./findings.ts";
import type { Session, UploadModel } from "./ledger.ts";
import type { Names } from "./names.ts";
import { inParallel } from "./parallel.ts";
import { openRaw, requestHead, type RawRequest } from "./raw-connection.ts";
import { appendBytes, createUpload, sendParts } from "./upload-operations.ts";
import { verifyUpload } from "./verify-upload.ts";

export interface NetworkScene {
  names: Names;
  report: (finding: Finding) => void;
  facts: Record<string, string | number>;
}

/** Where a request breaks: in its head, or after so many bytes of the body. */
type Place = "head" | "0" | "1" | "middle" | "last byte missing" | "unanswered";

const PLACES: Place[] = ["head", "0", "1", "middle", "last byte missing", "unanswered"];
const WAYS = ["close", "reset"] as const;
const LANES = ["part", "append", "put", "large put", "batch"] as const;

interface Cut {
  lane: (typeof LANES)[number];
  place: Place;
  way: (typeof WAYS)[number];
}

/** Every lane, broken at every place, in both ways. */
export async function cutEverywhere(session: Session, scene: NetworkScene): Promise<void> {
  const cuts = LANES.flatMap((lane) =>
    PLACES.flatMap((place) => WAYS.map((way): Cut => ({ lane, place, way }))),
  );
  await inParallel(cuts, 4, async (cut) => {
    if (cut.lane === "part" || cut.lane === "append") await cutUpload(session, { scene, cut });
    else await cutWholeFile(session, { scene, cut });
  });
  scene.facts["cuts"] = cuts.length;
  await delay(300);
  await findStrays(session, scene);
}

/** A put that was cut off must not go on holding room as an upload that nobody knows of. */
async function findStrays(session: Session, scene: NetworkScene): Promise<void> {
  const listed = await answered(session.client.listUploads());
  if (listed.kind !== "ok") return;
  const known = new Set([...session.ledger.uploads.values()].map(({ id }) => id));
  for (const { id, name, state } of listed.value) {
    // One that has all its bytes may still be on its way to becoming a file.
    if (known.has(id) || state === "completing") continue;
    scene.report(wrong(`a put of ${name} that was cut off`, { found: `upload ${id}, ${state}` }));
  }
}

const PART_BYTES = 65_536;

async function cutUpload(
  session: Session,
  { scene, cut }: { scene: NetworkScene; cut: Cut },
): Promise<void> {
  const { upload, outcome } = await createUpload(session, {
    ...scene.names.file(3 * PART_BYTES + 77),
    partSize: PART_BYTES,
    isSizeDeclared: true,
    lane: cut.lane === "part" ? "parts" : "append",
  });
  if (outcome.kind !== "ok") throw new Error(`create: ${JSON.stringify(outcome)}`);
  const request =
    cut.lane === "part" ? await beginPart(session, upload) : await beginAppend(session, upload);
  const sent = await sendAndBreak(session, { ...request, cut });
  const isWhole = sent === request.body.length;
  if (cut.lane === "append") upload.sentEnd = upload.ackedEnd + sent;
  else if (isWhole) upload.sentParts.add(1);
  // The server needs a moment to see the end of the connection; it may keep what arrived.
  await delay(60);
  const where = `${cut.lane}, ${cut.way} at ${cut.place}`;
  const report = (finding: Finding): void =>
    scene.report({ ...finding, what: `${where}: ${finding.what}` });
  await verifyUpload(session, { upload, report });
}

interface Begun {
  request: RawRequest;
  body: Buffer;
}

/** Part 0 is acknowledged before; part 1 is the one that breaks. */
async function beginPart(session: Session, upload: UploadModel): Promise<Begun> {
  await sendParts(session, { upload, first: 0, count: 1, withDigest: true });
  const body = contentAt({ seed: upload.seed, start: PART_BYTES, length: PART_BYTES });
  return { request: { method: "PUT", path: `/uploads/${upload.id}/parts/1`, headers: {} }, body };
}

async function beginAppend(session: Session, upload: UploadModel): Promise<Begun> {
  await appendBytes(session, { upload, length: 10_000 });
  const body = contentAt({ seed: upload.seed, start: upload.ackedEnd, length: PART_BYTES });
  const headers = { "upload-offset": String(upload.ackedEnd) };
  return { request: { method: "PATCH", path: `/uploads/${upload.id}`, headers }, body };
}

/**
 * A whole file is there or it is not. Unless the last byte was sent it must not be: the name is
 * then not in the ledger, and the verifier reports any file that the ledger does not know.
 */
async function cutWholeFile(
  session: Session,
  { scene, cut }: { scene: NetworkScene; cut: Cut },
): Promise<void> {
  const count = cut.lane === "batch" ? 4 : 1;
  const size = cut.lane === "large put" ? 1_200_000 : 20_000;
  const wishes = Array.from({ length: count }, () => scene.names.file(size));
  const files = wishes.map((wish) => ({
    name: wish.name,
    bytes: contentAt({ seed: wish.seed, start: 0, length: wish.size }),
  }));
  if (cut.place === "unanswered") for (const wish of wishes) intendFile(session, wish);
  const [first] = files;
  if (first === undefined) return;
  const begun =
    cut.lane === "batch"
      ? { request: batch, body: encodeBatch(files) }
      : { request: put(first.name), body: first.bytes };
  await sendAndBreak(session, { ...begun, cut });
}

const batch: RawRequest = {
  method: "POST",
  path: "/files/batch",
  headers: { "content-type": "application/vnd.sampan.batch" },
};

function put(name: string): RawRequest {
  return { method: "PUT", path: `/files/${encodeURIComponent(name)}`, headers: {} };
}

/** Returns how many bytes of the body were handed over before the break. */
async function sendAndBreak(
  session: Session,
  { request, body, cut }: Begun & { cut: Cut },
): Promise<number> {
  const { endpoint } = session.client.http;
  const headers = {
    "content-type": "application/octet-stream",
    ...request.headers,
    "content-length": String(body.length),
  };
  const head = requestHead(endpoint, { ...request, headers });
  const places: Record<Place, number> = {
    head: 0,
    "0": 0,
    "1": 1,
    middle: Math.floor(body.length / 2),
    "last byte missing": body.length - 1,
    unanswered: body.length,
  };
  const sent = places[cut.place];
  const raw = await openRaw(endpoint);
  await raw.write(cut.place === "head" ? head.subarray(0, head.length - 9) : head);
  if (sent > 0) await raw.write(body.subarray(0, sent));
  // Without a pause a reset overtakes the bytes, and the server never sees the request at all.
  if (cut.place !== "unanswered") await delay(15);
  raw[cut.way]();
  return sent;
}
