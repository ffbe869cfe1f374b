import { expect, test } from "vitest";
import { createCall, parseRetryAfter, type CallRequest } from "./call.ts";
import { SampanError } from "./errors.ts";
import type { TransportRequest } from "./transport.ts";

async function failureOf(response: Response): Promise<SampanError> {
  const call = createCall({ url: "http://drive.test", transport: async () => response });
  const asked = call({ method: "GET", path: "/files" });
  const error: unknown = await asked.catch((thrown: unknown) => thrown);
  if (error instanceof SampanError) return error;
  throw new Error("expected a SampanError", { cause: error });
}

async function requestOf(request: CallRequest, connection = {}): Promise<TransportRequest> {
  const requests: TransportRequest[] = [];
  const transport = async (asked: TransportRequest): Promise<Response> => {
    requests.push(asked);
    return new Response("{}");
  };
  await createCall({ url: "http://drive.test/", transport, ...connection })(request);
  const [asked] = requests;
  if (asked === undefined) throw new Error("nothing was asked");
  return asked;
}

test("a problem becomes an error with its code, status and facts", async () => {
  const problem = { type: "/problems/x", title: "T", status: 409, detail: "D", code: "x", n: 3 };
  const error = await failureOf(Response.json(problem, { status: 409 }));
  expect(error).toMatchObject({ message: "D", code: "x", status: 409, facts: { n: 3 } });
  expect(error.retryable).toBe(false);
});

test("the answer to a HEAD says in a header why it is refused", async () => {
  const problem = JSON.stringify({ title: "T", status: 403, code: "preview-only" });
  const headers = { "Sampan-Problem": problem };
  const error = await failureOf(new Response(null, { status: 403, headers }));
  expect(error).toMatchObject({ message: "T", code: "preview-only", status: 403 });
});

test.each([408, 429, 500, 502, 503, 504])("%i is retryable", async (status) => {
  expect((await failureOf(Response.json({ code: "x" }, { status }))).retryable).toBe(true);
});

test.each([400, 401, 404, 409, 410, 413, 422, 507])("%i is not retryable", async (status) => {
  expect((await failureOf(Response.json({ code: "x" }, { status }))).retryable).toBe(false);
});

test("a proxy's error page is a failure with a status, retryable by it", async () => {
  const error = await failureOf(new Response("<h1>Bad gateway</h1>", { status: 502 }));
  expect(error).toMatchObject({ code: "unexpected-response", status: 502, retryable: true });
});

test("Retry-After is understood in seconds and as a date, and nothing else", () => {
  expect(parseRetryAfter("3")).toBe(3_000);
  const nowMs = Date.parse("2026-01-01T00:00:00Z");
  expect(parseRetryAfter("Thu, 01 Jan 2026 00:00:05 GMT", nowMs)).toBe(5_000);
  expect(parseRetryAfter("soon")).toBeNull();
  expect(parseRetryAfter(null)).toBeNull();
});

test("sends the token of the moment, and leaves undefined query values out", async () => {
  const tokens = ["first", "second"];
  const connection = { token: () => tokens.shift() ?? "none" };
  const query = { limit: 5, cursor: undefined, prefix: "a b&c" };
  const asked = await requestOf({ method: "GET", path: "/files", query }, connection);
  expect(asked.headers["Authorization"]).toBe("Bearer first");
  expect(asked.url).toBe("http://drive.test/api/v1/files?limit=5&prefix=a+b%26c");
});

test("keeps a path prefix of the server's address", async () => {
  const asked = await requestOf({ method: "GET", path: "/files" }, { url: "http://h/drive/" });
  expect(asked.url).toBe("http://h/drive/api/v1/files");
});
