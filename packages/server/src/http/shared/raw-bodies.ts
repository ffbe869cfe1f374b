/** Routes in this scope read their bodies themselves, whatever the Content-Type. */
import type { FastifyInstance } from "fastify";

export function acceptRawBodies(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser("*", (_request, _payload, done) => done(null));
}
