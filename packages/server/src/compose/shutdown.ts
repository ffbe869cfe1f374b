/** In which order a server stops that is at work. */
import type { FastifyInstance } from "fastify";
import type { ActiveUploads } from "../core/uploads/active.ts";

/** Time for answers and downloads on their way when the server is told to stop. */
const closeGraceMs = 2_000;

/** Stops listening and lets writers record what has arrived. Everything that they write to must still be open. */
export async function stopServing({
  app,
  active,
  fetching,
}: {
  app: FastifyInstance;
  active: ActiveUploads;
  fetching: AsyncDisposable;
}): Promise<void> {
  const closed = app.close();
  // Before their writers are interrupted: they go on at the next start, and nothing has failed.
  await fetching[Symbol.asyncDispose]();
  await active.interruptAll();
  // Whoever goes on sending after its answer, or reads a download slowly, is cut: the process is told to end, not to wait.
  const cut = setTimeout(() => app.server.closeAllConnections(), closeGraceMs);
  await closed;
  clearTimeout(cut);
}
