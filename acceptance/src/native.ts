/** The native API, as far as other dialects' tests look through it at what they made. */
import { send } from "./http.ts";
import type { Target } from "./server.ts";

export interface FileInfo {
  readonly id: string;
  readonly name: string;
  readonly size: number;
  readonly mediaType: string | null;
  readonly digests: { readonly sha256?: string };
}

export interface UploadInfo {
  readonly id: string;
  readonly name: string;
  readonly size: number | null;
  readonly partSize: number;
  readonly state: string;
  readonly offset: number;
  readonly receivedBytes: number;
  readonly dialect: string;
  readonly file?: FileInfo;
}

export interface Native {
  /** The answer's JSON; throws for anything but a 2xx. */
  call<T>(method: string, path: string, body?: unknown): Promise<T>;
  /** The path of a tus upload, as the native API sees that upload. */
  upload(tusPath: string): Promise<UploadInfo>;
  /** Sends one part, and throws unless it is taken. */
  sendPart(id: string, number: number, bytes: Uint8Array): Promise<void>;
  /** The newest thousand. */
  openUploads(): Promise<UploadInfo[]>;
  filesNamed(name: string): Promise<FileInfo[]>;
  content(fileId: string): Promise<Buffer>;
  /** The content of the one file of this name. */
  contentOf(name: string): Promise<Buffer>;
}

export function speakNative(target: Target): Native {
  const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const answer = await send(target, {
      method,
      path: `/api/v1${path}`,
      ...(body === undefined
        ? {}
        : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
    });
    if (answer.status < 200 || answer.status > 299) {
      throw new Error(`${method} ${path} answered ${answer.status}: ${answer.text}`);
    }
    return (answer.text === "" ? undefined : JSON.parse(answer.text)) as T;
  };
  const content = async (fileId: string): Promise<Buffer> => {
    const answer = await send(target, { method: "GET", path: `/api/v1/files/${fileId}/content` });
    if (answer.status !== 200) throw new Error(`content answered ${answer.status}: ${answer.text}`);
    return answer.body;
  };
  const filesNamed = async (name: string): Promise<FileInfo[]> => {
    const query = `/files?name=${encodeURIComponent(name)}`;
    return (await call<{ items: FileInfo[] }>("GET", query)).items;
  };
  return {
    call,
    content,
    filesNamed,
    async sendPart(id, number, bytes) {
      const path = `/api/v1/uploads/${id}/parts/${number}`;
      const answer = await send(target, { method: "PUT", path, body: bytes });
      if (answer.status !== 200) throw new Error(`PUT ${path}: ${answer.status} ${answer.text}`);
    },
    upload: (tusPath) => call("GET", `/uploads/${idOf(tusPath)}`),
    openUploads: async () =>
      (await call<{ items: UploadInfo[] }>("GET", "/uploads?limit=1000")).items,
    async contentOf(name) {
      const files = await filesNamed(name);
      const [file] = files;
      if (!file || files.length > 1) throw new Error(`${files.length} files are named ${name}`);
      return content(file.id);
    },
  };
}

/** The upload's id: the last segment of its tus URL or path. */
export function idOf(tusPath: string): string {
  return tusPath.slice(tusPath.lastIndexOf("/") + 1);
}
