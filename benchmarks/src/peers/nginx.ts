/** nginx with DAV PUT: the cheapest way to put a body on disk. It neither hashes nor syncs. */
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { whole } from "../content.ts";
import { answers } from "../http.ts";
import type { Send } from "../load.ts";
import { runLoad } from "../loader.ts";
import { freePort, startProcess, waitUntilReady } from "../process.ts";
import { findProgram } from "../find-program.ts";
import { expectReplies, type Contender, type Server, type Upload, type Work } from "./contender.ts";
import { inspectFile } from "./stored-file.ts";

type Place = { dir: string; port: number };

/** The body's temporary file is in the same file system as its place, so the end is a rename. */
function configuration({ dir, port }: Place, extra: string): string {
  return `
daemon off; worker_processes 2; pid ${dir}/nginx.pid; error_log stderr error;
${process.getuid?.() === 0 ? "user root;" : ""}
events { worker_connections 4096; }
http {
  access_log off; sendfile on; tcp_nopush on; client_max_body_size 0;
  ${extra}
  client_body_temp_path ${dir}/body;
  proxy_temp_path ${dir}/t; fastcgi_temp_path ${dir}/t; scgi_temp_path ${dir}/t; uwsgi_temp_path ${dir}/t;
  keepalive_requests 1000000;
  server {
    listen 127.0.0.1:${port};
    location / { root ${dir}/files; dav_methods PUT DELETE; }
  }
}
`;
}

async function start(dir: string, extra: string): Promise<Server> {
  const port = await freePort();
  const config = path.join(dir, "nginx.conf");
  mkdirSync(path.join(dir, "files"));
  writeFileSync(config, configuration({ dir, port }, extra));
  const file = findProgram("nginx") ?? "nginx";
  const running = startProcess({ file, args: ["-c", config, "-p", dir, "-e", "stderr"] }, dir);
  const url = new URL(`http://127.0.0.1:${port}/`);
  await waitUntilReady(running, () => answers(url, "/"));
  return { process: running, url, dir, headers: {} };
}

async function upload(server: Server, work: Work): Promise<Upload> {
  const sends = work.contents.map((content): Send => {
    return { method: "PUT", path: `/${content.name}`, headers: {}, body: whole(content) };
  });
  const result = await runLoad({ ...work, url: server.url, sends });
  expectReplies(result, 201);
  return {
    ms: result.elapsedMs,
    clientCpuSeconds: result.cpuSeconds,
    checkEvery: 1,
    stored: async (index) => {
      const at = `/${work.contents[index]?.name}`;
      return { ...(await inspectFile(path.join(server.dir, "files", at))), path: at };
    },
  };
}

function absent(): string | undefined {
  const file = findProgram("nginx");
  if (file === undefined) return "no nginx on PATH (Debian: nginx-light)";
  const { stderr } = spawnSync(file, ["-V"], { encoding: "utf8" });
  return stderr.includes("http_dav_module") ? undefined : "this nginx is built without DAV";
}

/** Debian's package at its defaults. */
export const nginx: Contender = {
  name: "nginx DAV PUT",
  absent,
  start: (dir) => start(dir, ""),
  upload,
};

/** For reference: nginx writes 1 MiB at a time, as Sampan does, instead of 16 KiB. */
export const nginxLargeBuffer: Contender = {
  name: "nginx DAV PUT, 1 MiB buffer",
  absent,
  start: (dir) => start(dir, "client_body_buffer_size 1m;"),
  upload,
};
