/** A download by curl, which is the same client for every server and costs little. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Server } from "./peers/contender.ts";

const execute = promisify(execFile);

/** Milliseconds of one download, as curl counts them. */
export async function curl(
  server: Server,
  { path, size }: { path: string; size: number },
): Promise<number> {
  const headers = Object.entries(server.headers).flatMap(([name, value]) => [
    "-H",
    `${name}: ${value}`,
  ]);
  const format = "%{http_code} %{size_download} %{time_total}";
  const url = new URL(path, server.url).href;
  const args = ["-s", "-o", "/dev/null", "-w", format, ...headers, url];
  const [status, bytes, seconds] = (await execute("curl", args)).stdout.split(" ").map(Number);
  if (status !== 200 || bytes !== size)
    throw new Error(`curl: ${status}, ${bytes} bytes of ${size}`);
  return (seconds ?? Number.NaN) * 1000;
}
