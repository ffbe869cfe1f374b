/** The routes of the folder tree, together. */
import type { FastifyInstance } from "fastify";
import { registerNodeLists, type NodeListRoutes } from "./node-lists.ts";
import { registerNodes, type NodeRoutes } from "./nodes.ts";
import { registerTreeJobs, type TreeJobRoutes } from "./tree-jobs.ts";
import { registerVersions, type VersionRoutes } from "./versions.ts";

export interface DriveRoutes extends NodeRoutes, NodeListRoutes, VersionRoutes, TreeJobRoutes {}

export function registerDrive(app: FastifyInstance, routes: DriveRoutes): void {
  registerNodes(app, routes);
  registerNodeLists(app, routes);
  registerVersions(app, routes);
  registerTreeJobs(app, routes);
}
