import { isFolder, type Item } from "../files/item.ts";
import { toFailure } from "../transfers/failure.ts";
import type { VisitorServices } from "./visitor-services.ts";

/** Ids travel in the address, which has an end. */
const MAX_IDS = 350;
/** The server counts a download when it begins to send. */
const COUNTED_MS = 1_500;

/**
 * Hands over to the browser's own downloads, which stream to disk and go on after a lost connection. They cannot say why they are refused, so the
 * link is asked first.
 */
export function createLinkDownloads(services: VisitorServices) {
  const { visitor, visit, notices } = services;

  async function download(items: readonly Item[], { isAll }: { isAll: boolean }): Promise<void> {
    const [first] = items;
    try {
      await visitor.getLink();
      if (first === undefined) return;
      if (!isAll && items.length > MAX_IDS) {
        notices.show(({ t, format }) =>
          t.explain({ code: "archive-too-large", facts: {} }, format),
        );
        return;
      }
      const isFile = items.length === 1 && !isFolder(first);
      const ids = isAll ? undefined : items.map(({ id }) => id);
      const link = document.createElement("a");
      link.href = isFile ? visitor.contentUrl(first.id) : visitor.archiveUrl({ ids });
      link.download = "";
      link.click();
      setTimeout(() => void visit.refresh(), COUNTED_MS);
    } catch (error) {
      const failure = toFailure(error);
      if (!visit.note(failure)) notices.show(({ t, format }) => t.explain(failure, format));
    }
  }
  return download;
}
