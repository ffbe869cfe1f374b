import { expect, it } from "vitest";
import { CoreError } from "../../core/errors.ts";
import { MetadataFault, fromWireError, toWireError } from "./wire-error.ts";

/** As a thread boundary does it. */
const cross = (error: unknown) => fromWireError(structuredClone(toWireError(error)));

it("keeps a refusal's class, code and facts", () => {
  const refusal = cross(new CoreError("name-taken", { name: "a" }));
  expect(refusal).toBeInstanceOf(CoreError);
  expect(refusal).toMatchObject({ code: "name-taken", facts: { name: "a" } });
});

it("keeps what SQLite said, and where", () => {
  const said = Object.assign(new Error("disk I/O error"), {
    code: "ERR_SQLITE_ERROR",
    errcode: 1034,
  });
  const fault = cross(said);
  expect(fault).toBeInstanceOf(MetadataFault);
  expect(fault).toMatchObject({
    message: "disk I/O error",
    code: "ERR_SQLITE_ERROR",
    errcode: 1034,
  });
  expect((fault.cause as Error).stack).toBe(said.stack);
});

it("finds it under the reason that wraps it, too", () => {
  const said = Object.assign(new Error("disk I/O error"), {
    code: "ERR_SQLITE_ERROR",
    errcode: 1034,
  });
  const fault = cross(new Error("migration failed", { cause: said }));
  expect(fault).toMatchObject({
    message: "migration failed",
    errcode: 1034,
    cause: { message: "migration failed", cause: { message: "disk I/O error" } },
  });
});

it("carries what is no error at all", () => {
  expect(cross("text")).toMatchObject({ message: "text", code: null, errcode: null });
});
