/**
 * Whose words a refusal is told in. A route has its dialect's error handler; what is refused before a route is found (no such path, a head
 * that cannot be) goes by the path, so that a client hears its own family's shape in whatever it asked wrongly.
 */
import type { FastifyReply, FastifyRequest } from "fastify";
import { handleError } from "./problem.ts";

export type ErrorHandler = (
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
) => Promise<FastifyReply>;

export interface ErrorShape {
  /** Of a path without its query. */
  owns(path: string): boolean;
  readonly handle: ErrorHandler;
}

export function below(...prefixes: readonly string[]): (path: string) => boolean {
  return (path) => prefixes.some((prefix) => path === prefix || path.startsWith(`${prefix}/`));
}

/** The first that owns the path; the native API's problem documents where none does. */
export function chooseErrorHandler(shapes: readonly ErrorShape[]): ErrorHandler {
  return (error, request, reply) => {
    const [path = ""] = (request.raw.url ?? "").split("?");
    const shape = shapes.find(({ owns }) => owns(path));
    return (shape?.handle ?? handleError)(error, request, reply);
  };
}
