/** A client of the drive API, written from its contract alone: names and passwords, hashes, forms. */
import { send, type Answer } from "./http.ts";
import { formOf } from "./form.ts";
import type { Target } from "./server.ts";

export interface Envelope {
  readonly code: number;
  readonly msg: string;
  readonly data: Record<string, unknown> | null;
}

export interface DriveFile {
  readonly FileHash: string;
  readonly FileName: string;
  readonly FileSize: number;
  readonly UploadAt: string;
  readonly LastUpdated: string;
}

export interface DriveClient {
  readonly username: string;
  readonly token: string;
  /** As the calls with a form of fields send it. */
  post(path: string, fields?: Record<string, string>): Promise<Answer>;
  /** Everything in the query. */
  get(path: string, fields?: Record<string, string>): Promise<Answer>;
  upload(name: string, bytes: Uint8Array): Promise<Answer>;
  files(limit?: number): Promise<DriveFile[]>;
}

export function envelopeOf(answer: Answer): Envelope {
  const envelope = JSON.parse(answer.text) as Envelope;
  if (typeof envelope.code !== "number" || typeof envelope.msg !== "string")
    throw new Error(`not this family's shape: ${answer.text}`);
  return envelope;
}

export function postFields(
  target: Target,
  path: string,
  fields: Record<string, string>,
): Promise<Answer> {
  return send(target, {
    method: "POST",
    path,
    token: null,
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams(fields).toString(),
  });
}

export async function signInToDrive(
  target: Target,
  person: { username: string; password: string },
): Promise<DriveClient> {
  const answer = await postFields(target, "/user/signin", person);
  if (answer.status !== 200) throw new Error(`signin answered ${answer.status}: ${answer.text}`);
  const { Username, Token } = envelopeOf(answer).data as { Username: string; Token: string };
  return driveClient(target, { username: Username, token: Token });
}

export function driveClient(
  target: Target,
  { username, token }: { username: string; token: string },
): DriveClient {
  const credentials = { username, token };
  const post = (path: string, fields: Record<string, string> = {}) =>
    postFields(target, path, { ...credentials, ...fields });
  return {
    username,
    token,
    post,
    get: (path, fields = {}) => {
      const query = new URLSearchParams({ ...credentials, ...fields });
      return send(target, { method: "GET", path: `${path}?${query}`, token: null });
    },
    upload: (name, bytes) => {
      const { type, body } = formOf([{ name: "file", filename: name, data: bytes }]);
      return send(target, {
        method: "POST",
        path: `/file/upload?${new URLSearchParams(credentials)}`,
        token: null,
        headers: { "content-type": type },
        body,
      });
    },
    async files(limit = 100) {
      const answer = await post("/file/query", { limit: String(limit) });
      if (answer.status !== 200) throw new Error(`query answered ${answer.status}: ${answer.text}`);
      return JSON.parse(answer.text) as DriveFile[];
    },
  };
}
