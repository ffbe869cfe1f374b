import type { IncomingMessage } from "node:http";
import { CoreError } from "../../core/errors.ts";
import { createBodySource, type BodyOptions } from "./body-source.ts";
import { collectBody } from "./collect.ts";

/** A body as JSON, whatever its Content-Type says; throws `invalid-request`, and `body-too-long` past the limit. */
export async function readJson(
  request: IncomingMessage,
  { body, limitBytes }: { body: BodyOptions; limitBytes: number },
): Promise<unknown> {
  return parseJson(await collectBody(createBodySource(request, body), limitBytes));
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

export function parseJson(bytes: Uint8Array): unknown {
  try {
    const text = utf8.decode(bytes);
    return /__proto__|\\u00/i.test(text) ? JSON.parse(text, refusePrototype) : JSON.parse(text);
  } catch (error) {
    if (
      !(error instanceof SyntaxError) &&
      !(error instanceof TypeError) &&
      !(error instanceof RangeError)
    )
      throw error;
    throw new CoreError("invalid-request", { field: "body", reason: "not JSON" }, { cause: error });
  }
}

function refusePrototype(key: string, value: unknown): unknown {
  if (key === "__proto__") throw new SyntaxError("__proto__ is no field");
  return value;
}
