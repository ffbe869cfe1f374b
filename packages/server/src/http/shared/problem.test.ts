import { describe, expect, it } from "vitest";
import { CoreError } from "../../core/errors.ts";
import { problemOf } from "./problem.ts";
import { refusals } from "./status.ts";

describe("a problem", () => {
  it("has a type, a title, a status and the facts of the refusal", () => {
    const error = new CoreError("offset-mismatch", { expected: 5, actual: 7 });
    expect(problemOf(error)).toEqual({
      type: "/problems/offset-mismatch",
      title: "The upload is at another offset",
      status: 409,
      code: "offset-mismatch",
      expected: 5,
      actual: 7,
    });
  });

  it("says nothing of a fault of ours", () => {
    const secret = new Error("/var/lib/sampan: EACCES password=hunter2");
    for (const error of [
      secret,
      Object.assign(secret, { statusCode: 500 }),
      "text",
      null,
      undefined,
    ])
      expect(JSON.stringify(problemOf(error ?? {}))).not.toMatch(/hunter2|EACCES|text/);
    expect(problemOf(secret)).toMatchObject({ status: 500, code: "internal" });
  });

  it("takes over what the framework refuses", () => {
    const large = Object.assign(new Error("too large"), {
      statusCode: 413,
      code: "FST_ERR_CTP_BODY_TOO_LARGE",
    });
    expect(problemOf(large)).toMatchObject({ status: 413, code: "body-too-long" });
    const type = Object.assign(new Error("no"), { statusCode: 415 });
    expect(problemOf(type)).toMatchObject({ status: 415, code: "invalid-request", detail: "no" });
  });

  it("has a refusal's status and title for every code, none of them a fault", () => {
    for (const [code, { status, title }] of Object.entries(refusals)) {
      expect([code, title]).toEqual([code, expect.stringMatching(/^[A-Z].*[^.]$/)]);
      const isFault = status >= 500 && status !== 507 && status !== 503;
      expect([code, isFault]).toEqual([code, false]);
    }
  });
});
