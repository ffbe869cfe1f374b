import type { LinkNode, Visitor } from "@sampan/sdk";
import type { Item } from "../files/item.ts";
import type { ListSource } from "../files/list-source.ts";
import type { PreviewSource } from "../preview/preview-source.ts";

export function toVisitedItem(node: LinkNode, parentId: string | null): Item {
  // A visitor is told nothing of the drive around it.
  return { ...node, parentId, createdAt: node.modifiedAt, starred: false, tags: [] };
}

/** What is shared stands in the place of a root. */
const folderId = (id: string): string | undefined => (id === "root" ? undefined : id);

export function createLinkSource(visitor: Pick<Visitor, "listChildren">): ListSource {
  return {
    async loadPage({ place, by, limit, cursor, signal }) {
      const id = place.kind === "folder" ? folderId(place.id) : undefined;
      const page = await visitor.listChildren({ id, ...by, limit, cursor, signal });
      const parentId = page.path.at(-1)?.id ?? null;
      return {
        items: page.items.map((node) => toVisitedItem(node, parentId)),
        nextCursor: page.nextCursor,
      };
    },
    async findFolder(id, { signal }) {
      const { path } = await visitor.listChildren({ id: folderId(id), limit: 1, signal });
      const open = path.at(-1) ?? { id, name: "" };
      return {
        folder: {
          ...toVisitedItem({ ...open, kind: "folder", modifiedAt: "" }, path.at(-2)?.id ?? null),
          path: path.slice(0, -1),
          trashedAt: null,
        },
        grant: null,
      };
    },
  };
}

export function createLinkPreviews(
  visitor: Pick<Visitor, "thumbnailUrl" | "contentUrl" | "getExcerpt">,
  { previewOnly, isCounted }: { previewOnly: boolean; isCounted: boolean },
): PreviewSource {
  return {
    thumbnailUrl: ({ id, version }, size) => visitor.thumbnailUrl(id, { size, version }),
    contentUrl: ({ id }) => (previewOnly ? null : visitor.contentUrl(id, { inline: true })),
    getExcerpt: ({ id, version }, { signal }) => visitor.getExcerpt(id, { version, signal }),
    isCounted,
  };
}
