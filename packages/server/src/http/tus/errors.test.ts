import { describe, expect, it } from "vitest";
import { CoreError } from "../../core/errors.ts";
import { answerOf, TusRefusal } from "./errors.ts";

describe("answerOf", () => {
  it("keeps 409 for a wrong offset, and says 423 where a client should only try later", () => {
    const facts = { expected: 5, actual: 3 };
    const mismatch = new CoreError("offset-mismatch", facts);
    expect(answerOf(mismatch)).toMatchObject({ status: 409, code: "offset-mismatch", facts });
    for (const code of ["superseded", "upload-paused"] as const) {
      expect(answerOf(new CoreError(code, { id: "x" }))).toMatchObject({ status: 423, code });
    }
  });

  it("says 460 of a checksum", () => {
    const facts = { algorithm: "md5", expected: "00", actual: "01" };
    expect(answerOf(new CoreError("digest-mismatch", facts)).status).toBe(460);
  });

  it("passes its own refusals and those of the framework on", () => {
    const refusal = new TusRefusal(412, { code: "tus-version-unsupported", message: "m" });
    expect(answerOf(refusal)).toMatchObject({ status: 412, code: "tus-version-unsupported" });
    const framework = Object.assign(new Error("too big"), { statusCode: 413 });
    const answer = { status: 413, code: "invalid-request", message: "too big" };
    expect(answerOf(framework)).toEqual(answer);
  });

  it("says nothing of the cause of a fault of ours", () => {
    for (const fault of [
      new Error("/secret/path"),
      Object.assign(new Error("x"), { statusCode: 502 }),
      7,
    ]) {
      const { status, code, message } = answerOf(fault);
      expect({ status, code, message }).toEqual({
        status: 500,
        code: "internal",
        message: "The failure has been logged",
      });
    }
  });
});
