/** The headers of one part of a form (RFC 7578 §4.2), strict in form, liberal in what real clients differ in. */
import { FormRefusal } from "./refusal.ts";

export interface PartHead {
  readonly name: string;
  /** As the client said it, path and all; never used as a path here. Undefined: the part is no file. */
  readonly filename: string | undefined;
  readonly mediaType: string | undefined;
}

const headerLine = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/s;
/** A quoted value ends at the first quote that is not escaped; a backslash before anything but a quote or a backslash is itself (Windows paths). */
const parameter =
  /[ \t]*;[ \t]*([!#$%&'+.^_`|~0-9A-Za-z-]+\*?)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\[\s\S])*)"|([^\s;"]+))/gy;
const identityCodings = new Set(["7bit", "8bit", "binary"]);
const utf8 = new TextDecoder("utf-8", { fatal: true });

/** `bytes` are the lines between the delimiter's and the empty one, without the last line end. */
export function parsePartHead(bytes: Uint8Array): PartHead {
  const headers = parseLines(decode(bytes));
  const coding = headers.get("content-transfer-encoding")?.toLowerCase();
  if (coding !== undefined && !identityCodings.has(coding)) {
    throw new FormRefusal(415, `Content-Transfer-Encoding ${coding.slice(0, 40)} is not accepted`);
  }
  const disposition = headers.get("content-disposition");
  if (disposition === undefined) throw new FormRefusal(400, "a part has no Content-Disposition");
  const parameters = parseDisposition(disposition);
  const name = parameters.get("name");
  if (name === undefined) throw new FormRefusal(400, "a part has no name");
  const extended = parameters.get("filename*");
  return {
    name,
    filename: extended === undefined ? parameters.get("filename") : decodeExtended(extended),
    mediaType: headers.get("content-type"),
  };
}

function parseLines(text: string): Map<string, string> {
  const headers = new Map<string, string>();
  for (const line of text === "" ? [] : text.split("\r\n")) {
    const match = /[\r\n\0]/.test(line) ? null : headerLine.exec(line);
    if (!match) throw new FormRefusal(400, "a part's header is malformed");
    const name = match[1]!.toLowerCase();
    if (headers.has(name)) throw new FormRefusal(400, `a part has ${name} twice`);
    headers.set(name, match[2]!);
  }
  return headers;
}

function parseDisposition(value: string): Map<string, string> {
  const type = /^form-data(?=[ \t]*(;|$))/i.exec(value);
  if (!type) throw new FormRefusal(400, "a part's Content-Disposition is not form-data");
  const parameters = new Map<string, string>();
  let end = type[0].length;
  parameter.lastIndex = end;
  for (let match = parameter.exec(value); match; match = parameter.exec(value)) {
    const [, key = "", quoted, token = ""] = match;
    const name = key.toLowerCase();
    if (parameters.has(name)) throw new FormRefusal(400, `a part has ${name.slice(0, 40)} twice`);
    parameters.set(name, quoted === undefined ? token : unquote(quoted));
    end = parameter.lastIndex;
  }
  if (!/^[ \t;]*$/.test(value.slice(end))) {
    throw new FormRefusal(400, "a part's Content-Disposition is malformed");
  }
  return parameters;
}

/** Browsers write a quote as %22 and a line end as %0D%0A (WHATWG HTML); others escape with a backslash. */
function unquote(quoted: string): string {
  return quoted
    .replaceAll(/\\(["\\])/g, "$1")
    .replaceAll("%22", '"')
    .replaceAll(/%0D/gi, "\r")
    .replaceAll(/%0A/gi, "\n");
}

/** RFC 8187: what RFC 7578 forbids here and some libraries send all the same. */
function decodeExtended(value: string): string {
  const match = /^utf-8'[^']*'(.*)$/is.exec(value);
  try {
    if (match) return decodeURIComponent(match[1]!);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
  }
  throw new FormRefusal(400, "a part's filename* is not UTF-8");
}

function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new FormRefusal(400, "a part's header is not UTF-8");
  }
}
