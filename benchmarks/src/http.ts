/** Small requests outside the loader: creates, completes, look-ups. */
import { createHash } from "node:crypto";
import { request, type Agent, type IncomingMessage } from "node:http";

export type Question = {
  method: string;
  path: string;
  headers?: Readonly<Record<string, string>>;
  body?: Buffer | string;
  agent?: Agent;
};

export type Answer = { status: number; headers: IncomingMessage["headers"]; body: Buffer };

export async function ask(url: URL, question: Question): Promise<Answer> {
  const response = await open(url, question);
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  const { statusCode: status = 0, headers } = response;
  return { status, headers, body: Buffer.concat(chunks) };
}

/** The digest of a whole answer, without holding it. */
export async function hashAnswer(url: URL, question: Question): Promise<string> {
  const response = await open(url, question);
  const hash = createHash("sha256");
  for await (const chunk of response as AsyncIterable<Buffer>) hash.update(chunk);
  if (response.statusCode !== 200) throw new Error(`GET ${question.path}: ${response.statusCode}`);
  return hash.digest("hex");
}

function open(url: URL, question: Question): Promise<IncomingMessage> {
  const { method, path, headers, body, agent } = question;
  const length = body === undefined ? {} : { "Content-Length": Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const call = request(new URL(path, url), {
      method,
      headers: { ...headers, ...length },
      agent: agent ?? false,
    });
    call.once("response", resolve);
    call.once("error", reject);
    call.end(body);
  });
}

/** Throws unless the status is the expected one: a benchmark never passes on a refused request. */
export function expectStatus(answer: { status: number; body: Buffer }, status: number): void {
  if (answer.status === status) return;
  const text = answer.body.toString("utf8", 0, 500);
  throw new Error(`expected ${status}, was answered ${answer.status} ${text}`);
}

export function parseObject(body: Buffer): Record<string, unknown> {
  const value: unknown = JSON.parse(body.toString("utf8"));
  if (typeof value !== "object" || value === null) throw new Error("expected a JSON object");
  return value as Record<string, unknown>;
}

export async function answers(url: URL, path: string): Promise<boolean> {
  try {
    return (await ask(url, { method: "GET", path })).status > 0;
  } catch {
    return false;
  }
}
