import { newId } from "../../core/ids.ts";

/** For an upload whose client did not name it. */
export function generatedName(now: number): string {
  return `upload-${newId(now)}`;
}
