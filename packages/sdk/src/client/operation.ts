import { callJson, parseJson, type Call, type CallOptions } from "../call.ts";
import { isRecord, SampanError } from "../errors.ts";
import type { Check, Health, ServerInfo } from "../wire.ts";

export type OperationCalls = ReturnType<typeof createOperationCalls>;

export function createOperationCalls(call: Call) {
  return {
    /** Answers also when the server refuses writes (503): see `status`. */
    async getHealth(options: CallOptions = {}): Promise<Health> {
      try {
        const response = await call({ ...options, method: "GET", path: "/health" });
        return (await parseJson(response, options.signal)) as Health;
      } catch (error) {
        const facts = error instanceof SampanError && error.status === 503 ? error.facts : {};
        if (!isRecord(facts["checks"])) throw error;
        return { status: String(facts["status"]), checks: facts["checks"] };
      }
    },

    getServerInfo(options: CallOptions = {}) {
      return callJson<ServerInfo>(call, { ...options, method: "GET", path: "/server" });
    },

    /** Starts re-reading and verifying every stored blob. */
    startCheck(options: CallOptions = {}) {
      return callJson<Check>(call, { ...options, method: "POST", path: "/checks" });
    },

    getCheck(id: string, options: CallOptions = {}) {
      const path = `/checks/${encodeURIComponent(id)}`;
      return callJson<Check>(call, { ...options, method: "GET", path });
    },

    /** The old token is dead as soon as this resolves. */
    async replaceToken(options: CallOptions = {}): Promise<string> {
      const answer = await callJson<{ token: string }>(call, {
        ...options,
        method: "POST",
        path: "/admin/token",
      });
      return answer.token;
    },
  };
}
