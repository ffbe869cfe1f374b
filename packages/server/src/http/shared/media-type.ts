import mime from "mime";
import { CoreError } from "../../core/errors.ts";

/** What the sender says, unless that is what tools say when they do not know; then by the name. */
export function mediaTypeOf(header: string | undefined, name: string): string | null {
  const vague =
    header === undefined || /^application\/(octet-stream|x-www-form-urlencoded)$/i.test(header);
  if (vague) return mime.getType(name);
  if (header.length > 255 || !mediaTypePattern().test(header)) {
    throw new CoreError("invalid-request", { field: "Content-Type", reason: "not a media type" });
  }
  return header;
}

/** RFC 9110 §8.3.1, without parameters' quoted strings spelled out: they may hold any visible text. */
export function mediaTypePattern(): RegExp {
  return /^[A-Za-z0-9!#$&^_.+-]+\/[A-Za-z0-9!#$&^_.+-]+([ \t]*;[ \t]*[\x20-\x7e]*)?$/;
}
