import { SampanError, type StoredFile, type Transport } from "@sampan/sdk";

/**
 * Hands a file over to the browser's own downloads, which stream to disk, continue after a lost
 * connection and outlive this page. They cannot carry the token; the server gives an address
 * instead that works for this one file and for a short time.
 */
export async function startDownload(
  file: StoredFile,
  { transport, token }: { transport: Transport; token: string },
): Promise<void> {
  const bytes = new TextEncoder().encode(JSON.stringify({ fileId: file.id }));
  const response = await transport({
    method: "POST",
    url: `${location.origin}/api/web/downloads`,
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
    body: { byteLength: bytes.byteLength, content: [bytes] },
  });
  const answer = (await response.json()) as { url?: string; code?: string };
  if (answer.url === undefined) {
    const { status } = response;
    const code = answer.code ?? "unexpected-response";
    throw new SampanError("The download was refused", { code, status });
  }
  const link = document.createElement("a");
  link.href = answer.url;
  link.download = file.name;
  link.click();
}
