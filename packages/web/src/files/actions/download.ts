import { SampanError } from "@sampan/sdk";
import { isFolder, type Item } from "../item.ts";
import { rightsOf } from "../rights.ts";
import { idsOf, type ActionParts, type Attempt } from "./shared.ts";

type Wanted = { readonly fileId: string } | { readonly archiveId: string };

/**
 * Hands over to the browser's own downloads, which stream to disk, continue after a lost connection and outlive this page. The server gives an
 * address that works for this one thing, and longer than the session.
 */
export function createDownloadActions(parts: ActionParts, attempt: Attempt) {
  const { client, transport, files } = parts;

  /** What is somebody else's is asked for by the session: the right to it may end at any time. */
  function sharedAddress(wanted: Wanted): string {
    return "fileId" in wanted
      ? `/api/v1/files/${encodeURIComponent(wanted.fileId)}/content`
      : `/api/v1/archive/${encodeURIComponent(wanted.archiveId)}`;
  }

  async function findAddress(wanted: Wanted): Promise<string> {
    if (!rightsOf(files.get()).isOwn) return sharedAddress(wanted);
    const bytes = new TextEncoder().encode(JSON.stringify(wanted));
    const response = await transport({
      method: "POST",
      url: `${location.origin}/api/web/downloads`,
      headers: { "Content-Type": "application/json" },
      body: { byteLength: bytes.byteLength, content: [bytes] },
    });
    const answer = (await response.json()) as { url?: string; code?: string };
    if (answer.url !== undefined) return answer.url;
    const code = answer.code ?? "unexpected-response";
    throw new SampanError("The download was refused", { code, status: response.status });
  }

  async function start(items: readonly Item[]): Promise<void> {
    const [first] = items;
    if (first === undefined) return;
    const link = document.createElement("a");
    if (items.length === 1 && !isFolder(first)) {
      link.href = await findAddress({ fileId: first.id });
      link.download = first.name;
    } else {
      const archive = await client.createArchive({ ids: idsOf(items) });
      link.href = await findAddress({ archiveId: archive.id });
      link.download = archive.name;
    }
    link.click();
  }

  return {
    /** One file as it is; several, or a folder, as one ZIP. */
    async download(items: readonly Item[]): Promise<void> {
      await attempt(
        () => start(items),
        ({ t }, reason) => t.files.downloadFailed(items.length, items[0]?.name ?? "", reason),
      );
    },
  };
}
