/** Nodes, versions and jobs as the native API shows them. */
import type { NodeStore, Page, Trail, TreeOutcome } from "../../core/drive/node-store.ts";
import type { DriveNode, FileVersion, Marks } from "../../core/drive/node.ts";
import type { TreeJob } from "../../core/drive/tree-job.ts";

const instant = (ms: number): string => new Date(ms).toISOString();
const unmarked: Marks = { starred: false, tags: [] };

export function formatNode(node: DriveNode, { starred, tags }: Marks = unmarked) {
  const { id, kind, ownerId, parentId, name } = node;
  return {
    id,
    kind,
    ownerId,
    parentId,
    name,
    starred,
    tags: [...tags],
    createdAt: instant(node.createdAt),
    modifiedAt: instant(node.modifiedAt),
    ...(node.kind === "file"
      ? {
          size: node.size,
          mediaType: node.mediaType,
          digests: node.digests,
          version: node.version,
        }
      : {}),
  };
}

/** With what the asker says of each. */
async function formatNodes(
  { nodes }: { nodes: Pick<NodeStore, "marks"> },
  { accountId, list }: { accountId: string; list: readonly DriveNode[] },
) {
  const marks = await nodes.marks({ accountId, ids: list.map((node) => node.id) });
  return list.map((node) => formatNode(node, marks.get(node.id)));
}

export async function formatNodePage(
  routes: { nodes: Pick<NodeStore, "marks"> },
  { accountId, page }: { accountId: string; page: Page<DriveNode> },
) {
  const items = await formatNodes(routes, { accountId, list: page.items });
  return { items, nextCursor: page.nextCursor };
}

export async function formatTrail(
  routes: { nodes: Pick<NodeStore, "marks"> },
  { accountId, trail }: { accountId: string; trail: Trail },
) {
  const [node] = await formatNodes(routes, { accountId, list: [trail.node] });
  return {
    ...node!,
    path: trail.folders.map(({ id, name }) => ({ id, name })),
    trashedAt: trail.trashedAt === null ? null : instant(trail.trashedAt),
  };
}

export function formatVersion(version: FileVersion) {
  const { number, size, mediaType, digests, isCurrent } = version;
  return { number, size, mediaType, digests, isCurrent, createdAt: instant(version.createdAt) };
}

export function formatJob(job: TreeJob) {
  const { id, kind, state, doneNodes, totalNodes, failure } = job;
  return {
    id,
    kind,
    state,
    doneNodes,
    totalNodes,
    failure,
    ids: [...job.resultIds],
    createdAt: instant(job.createdAt),
    updatedAt: instant(job.updatedAt),
  };
}

/** 200 with what was done, or 202 with the job that was begun. */
export function formatOutcome(outcome: TreeOutcome) {
  return outcome.kind === "done"
    ? ({ status: 200, body: { ids: [...outcome.ids] } } as const)
    : ({ status: 202, body: { job: formatJob(outcome.job) } } as const);
}
