/** `/shares`: what an account lets others reach. */
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { renderSVG, renderUnicodeCompact } from "uqr";
import { z } from "zod";
import type { Clock } from "../../core/clock.ts";
import type { NodeStore } from "../../core/drive/node-store.ts";
import { CoreError } from "../../core/errors.ts";
import type { EventLog } from "../../core/events/event-log.ts";
import type { ChangeShare, ManageShares, NewShare } from "../../core/sharing/manage.ts";
import type { Grant, ShareStore } from "../../core/sharing/share-store.ts";
import type { Share } from "../../core/sharing/share.ts";
import { memberOf } from "../shared/member.ts";
import { pageQuery } from "./node-schemas.ts";
import { problemSchema } from "./schemas.ts";
import { formatGrant, formatLogLine, formatShare } from "./share-codec.ts";
import {
  changeShareBody,
  createShareBody,
  grantPageSchema,
  listSharesQuery,
  shareIdParams,
  shareLogSchema,
  sharePageSchema,
  shareSchema,
} from "./share-schemas.ts";

export interface ShareRoutes {
  readonly shares: ShareStore;
  readonly manageShares: ManageShares;
  readonly nodes: NodeStore;
  readonly events: Pick<EventLog, "audit">;
  readonly clock: Clock;
  readonly baseUrl: (request: FastifyRequest) => string;
}

const refused = { "4XX": problemSchema, "5XX": problemSchema };
const tags = ["Sharing"];

export function registerShares(instance: FastifyInstance, routes: ShareRoutes): void {
  const app = instance.withTypeProvider<ZodTypeProvider>();
  const { shares, manageShares } = routes;

  app.post(
    "/shares",
    {
      schema: {
        tags,
        summary: "A link, a file request, or a share with a named account",
        body: createShareBody,
        response: { 201: shareSchema, ...refused },
      },
    },
    async (request, reply) => {
      const share = await manageShares.create(memberOf(request), parseNewShare(request.body));
      const [shown] = await show(routes, { request, list: [share] });
      return reply.code(201).header("location", `/api/v1/shares/${share.id}`).send(shown!);
    },
  );

  app.get(
    "/shares",
    {
      schema: {
        tags,
        summary: "What one shares, newest first",
        querystring: listSharesQuery,
        response: { 200: sharePageSchema, ...refused },
      },
    },
    async (request) => {
      const { limit, cursor, nodeId } = request.query;
      const page = await shares.list({
        ownerId: memberOf(request).accountId,
        limit,
        ...(cursor === undefined ? {} : { cursor }),
        ...(nodeId === undefined ? {} : { nodeId }),
      });
      const items = await show(routes, { request, list: page.items });
      return { items, nextCursor: page.nextCursor };
    },
  );

  app.get(
    "/shares/:id",
    {
      schema: {
        tags,
        summary: "One share",
        params: shareIdParams,
        response: { 200: shareSchema, ...refused },
      },
    },
    async (request) => {
      const share = await manageShares.find(memberOf(request), request.params.id);
      return (await show(routes, { request, list: [share] }))[0]!;
    },
  );

  app.patch(
    "/shares/:id",
    {
      schema: {
        tags,
        summary: "Change it; a new password locks out whoever had unlocked it",
        params: shareIdParams,
        body: changeShareBody,
        response: { 200: shareSchema, ...refused },
      },
    },
    async (request) => {
      const { id } = request.params;
      const changes = parseChanges(request.body);
      const share = await manageShares.change(memberOf(request), { id, changes });
      return (await show(routes, { request, list: [share] }))[0]!;
    },
  );

  app.delete(
    "/shares/:id",
    {
      schema: {
        tags,
        summary: "Revoke it: effective at once, downloads on their way included",
        params: shareIdParams,
        response: { 204: z.null(), ...refused },
      },
    },
    async (request, reply) => {
      await manageShares.revoke(memberOf(request), request.params.id);
      return reply.code(204).send(null);
    },
  );

  registerShareViews(instance, routes);
}

function registerShareViews(instance: FastifyInstance, routes: ShareRoutes): void {
  const app = instance.withTypeProvider<ZodTypeProvider>();
  const { manageShares, events, shares, nodes, clock } = routes;

  app.get(
    "/shared-with-me",
    {
      schema: {
        tags,
        summary: "What others share with one, newest first",
        querystring: pageQuery,
        response: { 200: grantPageSchema, ...refused },
      },
    },
    async (request) => {
      const { limit, cursor } = request.query;
      const { accountId } = memberOf(request);
      const asked = { accountId, now: clock.now(), limit };
      const page = await shares.grantsTo({ ...asked, ...(cursor === undefined ? {} : { cursor }) });
      const items = await Promise.all(page.items.map((grant) => showGrant(nodes, grant)));
      return { items: items.flat(), nextCursor: page.nextCursor };
    },
  );

  app.delete(
    "/shared-with-me/:id",
    {
      schema: {
        tags,
        summary: "Leave what is shared with one, by the share's id",
        params: shareIdParams,
        response: { 204: z.null(), ...refused },
      },
    },
    async (request, reply) => {
      await manageShares.leave(memberOf(request), request.params.id);
      return reply.code(204).send(null);
    },
  );

  app.get(
    "/shares/:id/log",
    {
      schema: {
        tags,
        summary: "Who used it, newest first",
        params: shareIdParams,
        querystring: pageQuery,
        response: { 200: shareLogSchema, ...refused },
      },
    },
    async (request) => {
      const { limit, cursor } = request.query;
      const { id, ownerId } = await manageShares.find(memberOf(request), request.params.id);
      const page = await events.audit({
        subjectId: id,
        accountId: ownerId,
        limit,
        ...(cursor === undefined ? {} : { cursor }),
      });
      return { items: page.items.map(formatLogLine), nextCursor: page.nextCursor };
    },
  );

  app.get(
    "/shares/:id/qr.svg",
    { schema: { tags, summary: "The link as a QR code", params: shareIdParams } },
    async (request, reply) => {
      const url = await findUrl(routes, { request, id: request.params.id });
      return reply
        .headers({
          "content-type": "image/svg+xml",
          "cache-control": "no-store",
          "content-security-policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'",
        })
        .send(renderSVG(url, { ecc: "M", border: 4 }));
    },
  );

  app.get(
    "/shares/:id/qr.txt",
    {
      schema: {
        tags,
        summary: "The same for a terminal: light modules are drawn, dark ones are blank",
        params: shareIdParams,
      },
    },
    async (request, reply) => {
      const url = await findUrl(routes, { request, id: request.params.id });
      return reply
        .headers({ "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" })
        .send(`${renderUnicodeCompact(url, { ecc: "M", border: 2 })}\n`);
    },
  );
}

/** What is in the trash, or gone, is not shared while it is. */
async function showGrant(
  nodes: Pick<NodeStore, "trail">,
  { share, ownerName }: Grant,
): Promise<ReturnType<typeof formatGrant>[]> {
  const trail = await nodes.trail(share.nodeId);
  if (!trail?.isLive || trail.node.ownerId !== share.ownerId) return [];
  return [formatGrant({ share, ownerName, node: trail.node })];
}

async function show(
  routes: ShareRoutes,
  { request, list }: { request: FastifyRequest; list: readonly Share[] },
) {
  return Promise.all(
    list.map(async (share) => {
      const trail = await routes.nodes.trail(share.nodeId);
      const isThere = trail?.isLive && trail.node.ownerId === share.ownerId;
      const url = urlOf(routes, { request, share });
      const granteeName = await routes.manageShares.granteeNameOf(share);
      return formatShare(share, { node: isThere ? trail.node : undefined, url, granteeName });
    }),
  );
}

/** Throws `share-not-found`, for what is no link too. */
async function findUrl(
  routes: ShareRoutes,
  { request, id }: { request: FastifyRequest; id: string },
): Promise<string> {
  const share = await routes.manageShares.find(memberOf(request), id);
  const url = urlOf(routes, { request, share });
  if (url === null) throw new CoreError("share-not-found", { id });
  return url;
}

function urlOf(
  { manageShares, baseUrl }: ShareRoutes,
  { request, share }: { request: FastifyRequest; share: Share },
): string | null {
  const token = manageShares.tokenOf(share);
  return token === undefined ? null : `${baseUrl(request)}/s/${token}`;
}

const parseInstant = (text: string | null | undefined): number | null =>
  text === null || text === undefined ? null : Date.parse(text);

function parseNewShare(body: z.infer<typeof createShareBody>): NewShare {
  const expiresAt = parseInstant(body.expiresAt);
  const { nodeId } = body;
  if (body.kind === "user") {
    const { kind, name, right = "view" } = body;
    return { kind, nodeId, expiresAt, name, right };
  }
  const { password } = body;
  if (body.kind === "request")
    return { kind: body.kind, nodeId, expiresAt, password, maxBytes: body.maxBytes ?? null };
  const { kind, maxDownloads = null, previewOnly = false } = body;
  return { kind, nodeId, expiresAt, password, maxDownloads, previewOnly };
}

/** Only what was said; null takes a limit away. */
function parseChanges(body: z.infer<typeof changeShareBody>): ChangeShare {
  const { password, expiresAt, maxDownloads, previewOnly, maxBytes, right } = body;
  return {
    ...(password === undefined ? {} : { password }),
    ...(expiresAt === undefined ? {} : { expiresAt: parseInstant(expiresAt) }),
    ...(maxDownloads === undefined ? {} : { maxDownloads }),
    ...(previewOnly === undefined ? {} : { previewOnly }),
    ...(maxBytes === undefined ? {} : { maxBytes }),
    ...(right === undefined ? {} : { right }),
  };
}
