import { randomFillSync } from "node:crypto";

/** Random bytes are drawn many ids at a time: a call to the generator costs more than the bytes. */
const pool = Buffer.alloc(10 * 256);
let used = pool.length;

function drawEntropy(): Buffer {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += 10;
  return pool.subarray(used - 10, used);
}

/** A UUIDv7 (RFC 9562 §5.7): its order is its age, so indexes grow at one end. */
export function newId(now: number = Date.now()): string {
  const entropy = drawEntropy();
  const time = now.toString(16).padStart(12, "0");
  entropy[0] = (entropy[0]! & 0x0f) | 0x70;
  entropy[2] = (entropy[2]! & 0x3f) | 0x80;
  const tail = entropy.toString("hex");
  return `${time.slice(0, 8)}-${time.slice(8)}-${tail.slice(0, 4)}-${tail.slice(4, 8)}-${tail.slice(8)}`;
}

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Whether `text` has the shape of an id that we make; anything else can be answered "not found" unasked. */
export function isId(text: string): boolean {
  return ID.test(text);
}
