/** HTTP as bytes on a socket: what no well-behaved client would send, and when. */
import { connect, type Socket } from "node:net";

export interface RawAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
  readonly text: string;
  /** The body as JSON; throws where it is none. */
  json(): Record<string, unknown>;
}

export interface RawConnection extends AsyncDisposable {
  readonly socket: Socket;
  /** Resolves when the bytes have left this process, or the connection is gone. */
  write(bytes: Uint8Array | string): Promise<void>;
  /** The next answer that is not `100 Continue`; undefined when the connection ends without one. */
  answer(): Promise<RawAnswer | undefined>;
  /** The next answer of any kind. */
  anyAnswer(): Promise<RawAnswer | undefined>;
  /** Resolves when the other side has closed. */
  readonly closed: Promise<void>;
}

export async function openRaw(port: number): Promise<RawConnection> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  const { promise: closed, resolve: close } = Promise.withResolvers<void>();
  let room = Buffer.alloc(4096);
  let length = 0;
  let isOver = false;
  let arrived = Promise.withResolvers<void>();
  const tell = (): void => {
    const told = arrived;
    arrived = Promise.withResolvers();
    told.resolve();
  };
  const end = (): void => {
    isOver = true;
    close();
    tell();
  };
  socket.on("data", (bytes: Buffer) => {
    // Twice the room each time: a large answer comes in very many pieces.
    if (length + bytes.length > room.length) {
      const larger = Buffer.alloc(2 * (length + bytes.length));
      room.copy(larger, 0, 0, length);
      room = larger;
    }
    bytes.copy(room, length);
    length += bytes.length;
    tell();
  });
  socket.on("end", end).on("close", end);
  socket.on("error", end);
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve).once("error", reject);
  });

  const anyAnswer = async (): Promise<RawAnswer | undefined> => {
    for (;;) {
      const parsed = parseAnswer(room.subarray(0, length), isOver);
      if (parsed) {
        room = room.subarray(parsed.length);
        length -= parsed.length;
        return parsed.answer;
      }
      if (isOver) return undefined;
      await arrived.promise;
    }
  };

  return {
    socket,
    closed,
    anyAnswer,
    write: (bytes) =>
      new Promise((resolve) => {
        socket.write(bytes, () => resolve());
      }),
    async answer() {
      for (;;) {
        const answer = await anyAnswer();
        if (answer?.status !== 100) return answer;
      }
    },
    async [Symbol.asyncDispose]() {
      socket.destroy();
      await closed;
    },
  };
}

/** One request on a connection of its own, and its answer. */
export async function exchange(
  port: number,
  bytes: Uint8Array | string,
): Promise<RawAnswer | undefined> {
  await using connection = await openRaw(port);
  void connection.write(bytes);
  return await connection.answer();
}

function parseAnswer(
  bytes: Buffer,
  isOver: boolean,
): { answer: RawAnswer; length: number } | undefined {
  const headEnd = bytes.indexOf("\r\n\r\n");
  if (headEnd === -1) return undefined;
  const [statusLine = "", ...lines] = bytes.toString("latin1", 0, headEnd).split("\r\n");
  const status = Number(statusLine.split(" ")[1]);
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
    }),
  );
  const body = parseBody(bytes.subarray(headEnd + 4), { status, headers, isOver });
  if (!body) return undefined;
  const text = body.content.toString("utf8");
  const json = () => JSON.parse(text) as Record<string, unknown>;
  const answer = { status, headers, body: body.content, text, json };
  return { answer, length: headEnd + 4 + body.length };
}

function parseBody(
  bytes: Buffer,
  { status, headers, isOver }: Pick<RawAnswer, "status" | "headers"> & { isOver: boolean },
): { content: Buffer; length: number } | undefined {
  if (status < 200 || status === 204 || status === 304)
    return { content: Buffer.alloc(0), length: 0 };
  if (headers.get("transfer-encoding") === "chunked") return parseChunks(bytes);
  const declared = headers.get("content-length");
  if (declared === undefined) return isOver ? { content: bytes, length: bytes.length } : undefined;
  const length = Number(declared);
  return bytes.length >= length ? { content: bytes.subarray(0, length), length } : undefined;
}

function parseChunks(bytes: Buffer): { content: Buffer; length: number } | undefined {
  const pieces: Buffer[] = [];
  let position = 0;
  for (;;) {
    const lineEnd = bytes.indexOf("\r\n", position);
    if (lineEnd === -1) return undefined;
    const size = Number(`0x${bytes.toString("latin1", position, lineEnd)}`);
    const next = lineEnd + 2 + size + 2;
    if (bytes.length < next) return undefined;
    if (size === 0) return { content: Buffer.concat(pieces), length: next };
    pieces.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size));
    position = next;
  }
}
