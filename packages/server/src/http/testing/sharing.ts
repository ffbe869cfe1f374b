/** Two people of whom one shares, and short ways to what tests of sharing ask again and again. */
import { logIn, signUpInvited, type Person } from "./people.ts";
import type { RawAnswer } from "./raw.ts";
import { startServer, type Ask, type TestServer } from "./server.ts";
import type { Settings } from "../../config/settings.ts";

export interface MadeShare {
  readonly id: string;
  /** Where a visitor finds it, below `/api/v1`. */
  readonly at: string;
}

export interface SharingWorld extends AsyncDisposable {
  readonly server: TestServer;
  readonly ann: Person;
  readonly bob: Person;
  visit(ask: Ask): Promise<RawAnswer>;
  /** Ann's. */
  folder(path: string, parentId?: string): Promise<string>;
  put(name: string, file?: { parentId?: string; body?: Uint8Array | string }): Promise<string>;
  /** Made by Ann. */
  share(json: Record<string, unknown>): Promise<MadeShare>;
  withBob(nodeId: string, right?: "view" | "edit"): Promise<MadeShare>;
  revoke(share: MadeShare): Promise<void>;
  setQuota(person: Person, quotaBytes: number | null): Promise<void>;
  used(person: Person): Promise<{ used: number; reserved: number }>;
  namesIn(folderId: string): Promise<string[]>;
  /** Disabling her ends her sessions; enabling signs her in again. */
  setAnnDisabled(disabled: boolean): Promise<void>;
}

/** The status, with the code of a refusal. */
export function codeOf(answer: RawAnswer): number | string {
  return answer.status < 300 ? answer.status : `${answer.status} ${String(answer.json()["code"])}`;
}

export async function startSharing(
  settings: Partial<Settings> = {},
  options: Parameters<typeof startServer>[1] = {},
): Promise<SharingWorld> {
  const server = await startServer(settings, options);
  let ann = await signUpInvited(server, { name: "ann" });
  const bob = await signUpInvited(server, { name: "bob" });
  const idOf = (answer: RawAnswer): string => {
    if (answer.status !== 201) throw new Error(`${answer.status} ${answer.text}`);
    return String(answer.json()["id"]);
  };
  const share = async (json: Record<string, unknown>): Promise<MadeShare> => {
    const answer = await ann.ask({ method: "POST", path: "/shares", json });
    const url = String(answer.json()["url"]);
    return { id: idOf(answer), at: `/s/${url.split("/s/")[1] ?? ""}` };
  };
  return {
    server,
    get ann() {
      return ann;
    },
    bob,
    share,
    visit: (ask) => server.ask({ token: null, ...ask }),
    folder: async (path, parentId = "root") =>
      idOf(await ann.ask({ method: "POST", path: "/folders", json: { path, parentId } })),
    put: async (name, { parentId = "root", body = "text" } = {}) =>
      idOf(await ann.ask({ method: "PUT", path: `/files/${name}?parentId=${parentId}`, body })),
    withBob: (nodeId, right = "edit") => share({ kind: "user", nodeId, name: "bob", right }),
    async revoke({ id }) {
      const answer = await ann.ask({ method: "DELETE", path: `/shares/${id}` });
      if (answer.status !== 204) throw new Error(answer.text);
    },
    async setQuota({ id }, quotaBytes) {
      const path = `/admin/users/${id}`;
      const answer = await server.ask({ method: "PATCH", path, json: { quotaBytes } });
      if (answer.status !== 200) throw new Error(answer.text);
    },
    async used(person) {
      const me = (await person.ask({ path: "/me" })).json();
      return { used: Number(me["usedBytes"]), reserved: Number(me["reservedBytes"]) };
    },
    async namesIn(folderId) {
      const answer = await ann.ask({ path: `/nodes/${folderId}/children` });
      return (answer.json()["items"] as { name: string }[]).map(({ name }) => name);
    },
    async setAnnDisabled(disabled) {
      const path = `/admin/users/${ann.id}`;
      await server.ask({ method: "PATCH", path, json: { disabled } });
      if (!disabled) ann = await logIn(server, { name: "ann" });
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
