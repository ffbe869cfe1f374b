import { expect, it } from "vitest";
import { freshBytes, freshName, mebibyte, sha256 } from "../src/content.ts";
import { speakNative } from "../src/native.ts";
import { useServer } from "../src/server.ts";
import { Upload } from "../src/tus-js-client.ts";
import { until } from "../src/until.ts";
const server = useServer();
const native = speakNative(server);
it.each(Array.from({length: 40}, (_, i) => i))("run %i", async () => {
  const name = freshName(); const bytes = freshBytes(12 * mebibyte); let chunks = 0;
  const log: string[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  promise.catch(()=>undefined);
  const u = new Upload(bytes, { endpoint: `${server.url}/files/`, headers: { Authorization: `Bearer ${server.token}` }, metadata: { filename: name },
    parallelUploads: 3, chunkSize: mebibyte, retryDelays: Array.from({ length: 100 }, () => 100), onChunkComplete: () => (chunks += 1), onSuccess: () => resolve(), onError: reject,
    onBeforeRequest(r){ log.push(['>', r.getMethod(), r.getURL().slice(-12), r.getHeader('Upload-Offset'), r.getHeader('Upload-Concat')].join(' ')); },
    onAfterResponse(r, s){ log.push(['<', r.getMethod(), r.getURL().slice(-12), s.getStatus(), s.getHeader('Upload-Offset'), s.getHeader('location'), s.getBody()?.slice(0,60)].join(' ')); } });
  u.start();
  await until(() => chunks, (now) => now >= 4);
  log.push('KILL'); await server.kill(); await server.start(); log.push('STARTED');
  await promise;
  const got = await native.contentOf(name);
  if (!got.equals(bytes)) {
    console.log(log.join('\n'));
    console.log('sizes', got.length, bytes.length);
    const bs = 65536; let runs: string[] = [];
    for (let i = 0; i < bytes.length; i += bs) { if (!got.subarray(i, i+bs).equals(bytes.subarray(i, i+bs))) { const z = got.subarray(i,i+bs).every(b=>b===0); const at = bytes.indexOf(got.subarray(i,i+64)); runs.push(`${i}${z?'Z':''}=>${at}`); } }
    console.log(runs.join(' '));
  }
  expect(sha256(got)).toBe(sha256(bytes));
});
