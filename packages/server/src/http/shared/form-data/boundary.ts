/** The boundary of a multipart body, from its Content-Type (RFC 2046 §5.1.1). */
import { FormRefusal } from "./refusal.ts";

const multipart = /^[ \t]*multipart\/form-data[ \t]*(;|$)/i;
const parameter = /;[ \t]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))/gy;
/** bchars: some clients leave the ones that want quotes unquoted, which cannot be misread. */
const shape = /^[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]$/;

export function isFormData(contentType: string | undefined): contentType is string {
  return contentType !== undefined && multipart.test(contentType);
}

/** Undefined when a `multipart/form-data` type names no boundary at all; throws for one that is not a boundary, or two. */
export function findBoundary(contentType: string): string | undefined {
  const found: string[] = [];
  parameter.lastIndex = contentType.indexOf(";");
  if (parameter.lastIndex === -1) return undefined;
  let end = parameter.lastIndex;
  for (let match = parameter.exec(contentType); match; match = parameter.exec(contentType)) {
    const [, name = "", quoted, token = ""] = match;
    if (name.toLowerCase() === "boundary") {
      found.push(quoted === undefined ? token : quoted.replaceAll(/\\(.)/g, "$1"));
    }
    end = parameter.lastIndex;
  }
  if (!/^[ \t;]*$/.test(contentType.slice(end)) || found.length > 1) {
    throw new FormRefusal(400, "the Content-Type is malformed");
  }
  const [boundary] = found;
  if (boundary !== undefined && !shape.test(boundary)) {
    throw new FormRefusal(400, "the boundary is not 1 to 70 characters of RFC 2046");
  }
  return boundary;
}

export function parseBoundary(contentType: string | undefined): string {
  const boundary = isFormData(contentType) ? findBoundary(contentType) : undefined;
  if (boundary === undefined) throw new FormRefusal(400, "not multipart/form-data with a boundary");
  return boundary;
}
