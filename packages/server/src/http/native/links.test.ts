/** Links as their visitors meet them. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { signUpInvited, type Person } from "../testing/people.ts";
import type { RawAnswer } from "../testing/raw.ts";
import { startServer, type Ask, type TestServer } from "../testing/server.ts";

let server: TestServer;
let other: Person;
const text = "what is shared, and nothing else";

beforeAll(async () => {
  server = await startServer();
  other = await signUpInvited(server, { name: "other" });
});
afterAll(() => server[Symbol.asyncDispose]());

/** A raw connection would wait for the body that its length promises. */
const head = (path: string) =>
  fetch(`http://127.0.0.1:${server.port}/api/v1${path}`, { method: "HEAD" });

/** Without an account. */
const visit = (ask: Ask) => server.ask({ token: null, ...ask });

const put = async (name: string, { parentId = "root", body = text } = {}): Promise<string> => {
  const path = `/files/${name}?parentId=${parentId}`;
  const answer = await server.ask({ method: "PUT", path, body });
  expect(answer.status, answer.text).toBe(201);
  return String(answer.json()["id"]);
};

const makeFolder = async (path: string, parentId = "root"): Promise<string> => {
  const answer = await server.ask({ method: "POST", path: "/folders", json: { path, parentId } });
  expect(answer.status, answer.text).toBe(201);
  return String(answer.json()["id"]);
};

interface Made {
  readonly id: string;
  readonly url: string;
  /** Under `/api/v1`. */
  readonly at: string;
}

const share = async (json: Record<string, unknown>): Promise<Made> => {
  const answer = await server.ask({
    method: "POST",
    path: "/shares",
    json: { kind: "link", ...json },
  });
  expect(answer.status, answer.text).toBe(201);
  const { id, url } = answer.json() as { id: string; url: string };
  return { id, url, at: `/s/${url.split("/s/")[1]!}` };
};

const unlock = async ({ at }: Made, password: string): Promise<Record<string, string>> => {
  const answer = await visit({ method: "POST", path: `${at}/unlock`, json: { password } });
  expect(answer.status, answer.text).toBe(200);
  return { "sampan-share": String(answer.json()["credential"]) };
};

const code = (answer: RawAnswer) => `${answer.status} ${String(answer.json()["code"])}`;

describe("a link to a file", () => {
  it("tells what it is and gives the bytes, by ranges too", async () => {
    const nodeId = await put("one.txt");
    const link = await share({ nodeId });
    expect(link.url).toMatch(/\/s\/[A-Za-z0-9_-]{22}$/);
    const info = await visit({ path: link.at });
    expect(info.json()).toMatchObject({
      kind: "link",
      node: { name: "one.txt", size: text.length },
    });
    expect(info.headers.get("referrer-policy")).toBe("no-referrer");
    const whole = await visit({ path: `${link.at}/content/${nodeId}` });
    expect(whole.text).toBe(text);
    const range = { range: "bytes=0-3" };
    const part = await visit({ path: `${link.at}/content/${nodeId}`, headers: range });
    expect([part.status, part.text]).toEqual([206, "what"]);
    const again = await server.ask({ path: `/shares/${link.id}` });
    expect(again.json()).toMatchObject({ url: link.url, downloads: 2, hasPassword: false });
  });

  it("gives nothing else of the drive", async () => {
    const link = await share({ nodeId: await put("alone.txt") });
    const foreign = await put("beside.txt");
    for (const id of [foreign, "root", "00000000-0000-7000-8000-000000000000", "nothing"]) {
      const answer = await visit({ path: `${link.at}/content/${id}` });
      expect(code(answer)).toBe("404 node-not-found");
    }
  });

  it("has a QR code that only its owner gets", async () => {
    const link = await share({ nodeId: await put("qr.txt") });
    const own = await server.ask({ path: `/shares/${link.id}/qr.svg` });
    expect([own.status, own.headers.get("content-type")]).toEqual([200, "image/svg+xml"]);
    expect(own.text).toContain("<svg");
    const inText = await server.ask({ path: `/shares/${link.id}/qr.txt` });
    expect(inText.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect(inText.text).toMatch(/^([█▀▄ ]{20,}\n){10,}$/);
    for (const kind of ["svg", "txt"])
      expect(code(await other.ask({ path: `/shares/${link.id}/qr.${kind}` }))).toBe(
        "404 share-not-found",
      );
  });
});

describe("a link to a folder", () => {
  it("lists what is below it and tells nothing of what is above", async () => {
    const above = await makeFolder("above");
    const top = await makeFolder("top", above);
    const inner = await makeFolder("inner", top);
    await put("deep.txt", { parentId: inner });
    const link = await share({ nodeId: top });
    const list = await visit({ path: `${link.at}/children` });
    expect(list.json()).toMatchObject({
      path: [{ id: top }],
      items: [{ id: inner, name: "inner" }],
    });
    expect(list.text).not.toContain("parentId");
    const deep = await visit({ path: `${link.at}/children?id=${inner}` });
    expect(deep.json()).toMatchObject({
      path: [{ id: top }, { id: inner }],
      items: [{ name: "deep.txt" }],
    });
    expect(code(await visit({ path: `${link.at}/children?id=${above}` }))).toBe(
      "404 node-not-found",
    );
  });

  it("is not confused by a name that begins alike: /a is not /ab", async () => {
    const a = await makeFolder("a");
    const ab = await makeFolder("ab");
    const secret = await put("secret.txt", { parentId: ab });
    const link = await share({ nodeId: a });
    for (const path of [
      `content/${secret}`,
      `children?id=${ab}`,
      `zip?ids=${ab}`,
      `excerpt/${secret}`,
    ])
      expect((await visit({ path: `${link.at}/${path}` })).status, path).toBe(404);
  });

  it("comes as one ZIP, whole or some of it", async () => {
    const top = await makeFolder("zipped");
    const file = await put("in.txt", { parentId: top });
    const link = await share({ nodeId: top });
    const zip = await visit({ path: `${link.at}/zip` });
    expect([zip.status, zip.headers.get("content-type")]).toEqual([200, "application/zip"]);
    expect(zip.text).toContain("zipped/in.txt");
    expect((await visit({ path: `${link.at}/zip?ids=${file}` })).text).toContain("in.txt");
  });

  it("no longer reaches what was moved out of it", async () => {
    const top = await makeFolder("left");
    const file = await put("leaving.txt", { parentId: top });
    const link = await share({ nodeId: top });
    expect((await visit({ path: `${link.at}/content/${file}` })).status).toBe(200);
    const json = { parentId: "root" };
    await server.ask({ method: "PATCH", path: `/nodes/${file}`, json });
    expect((await visit({ path: `${link.at}/content/${file}` })).status).toBe(404);
  });
});

/** Every route of a visitor that reads. */
const readingRoutes = (at: string, { folder, file }: { folder: string; file: string }) => [
  at,
  `${at}/children`,
  `${at}/children?id=${folder}`,
  `${at}/content/${file}`,
  `${at}/thumbnail/${file}`,
  `${at}/excerpt/${file}`,
  `${at}/zip`,
];

describe("every route of a link", () => {
  let folder: string;
  let file: string;
  beforeAll(async () => {
    folder = await makeFolder("guarded");
    file = await put("guarded.txt", { parentId: folder });
  });

  const answers = async (link: Made, headers: Record<string, string> = {}) => {
    const codes = new Set<string>();
    for (const path of readingRoutes(link.at, { folder, file })) {
      const answer = await visit({ path, headers });
      codes.add(answer.status < 300 ? "ok" : code(answer));
    }
    const save = { method: "POST", path: `${link.at}/save`, json: {}, headers };
    const saved = await other.ask(save);
    codes.add(saved.status < 300 ? "ok" : code(saved));
    return [...codes];
  };

  it("asks for the password, and opens to whoever has shown it", async () => {
    const link = await share({ nodeId: folder, password: "open sesame" });
    expect(await answers(link)).toEqual(["401 share-locked"]);
    const credential = await unlock(link, "open sesame");
    // The file is a text: a picture of it is what there is not.
    expect(await answers(link, credential)).toEqual(["ok", "404 no-preview"]);
  });

  it("does not take what opens another link", async () => {
    const [one, two] = [
      await share({ nodeId: folder, password: "open sesame" }),
      await share({ nodeId: folder, password: "open sesame" }),
    ];
    expect(await answers(two, await unlock(one, "open sesame"))).toEqual(["401 share-locked"]);
  });

  it("is locked again by a new password, for cookies as well", async () => {
    const link = await share({ nodeId: folder, password: "first one" });
    const answer = await visit({
      method: "POST",
      path: `${link.at}/unlock`,
      json: { password: "first one" },
    });
    const cookie = String(answer.headers.get("set-cookie")).split(";")[0]!;
    const headers = { cookie };
    expect((await visit({ path: link.at, headers })).status).toBe(200);
    await server.ask({
      method: "PATCH",
      path: `/shares/${link.id}`,
      json: { password: "second one" },
    });
    expect(await answers(link, headers)).toEqual(["401 share-locked"]);
  });

  it("is dead at once when it is revoked, by the answer of a link that never was", async () => {
    const link = await share({ nodeId: folder });
    expect(await answers(link)).toContain("ok");
    await server.ask({ method: "DELETE", path: `/shares/${link.id}` });
    expect(await answers(link)).toEqual(["404 shared-link-not-found"]);
    const revoked = await visit({ path: link.at });
    const guessed = await visit({ path: `/s/${"A".repeat(22)}` });
    expect(revoked.text).toBe(guessed.text);
  });

  it("is dead when it has expired", async () => {
    const expiresAt = new Date(Date.now() - 1000).toISOString();
    expect(await answers(await share({ nodeId: folder, expiresAt }))).toEqual([
      "404 shared-link-not-found",
    ]);
  });

  it("is dead while what is shared is in the trash", async () => {
    const nodeId = await makeFolder("thrown away");
    const link = await share({ nodeId });
    await server.ask({ method: "DELETE", path: `/nodes/${nodeId}` });
    expect(code(await visit({ path: link.at }))).toBe("404 shared-link-not-found");
    await server.ask({ method: "POST", path: "/trash/restore", json: { ids: [nodeId] } });
    expect((await visit({ path: link.at })).status).toBe(200);
  });

  it("is dead once its downloads are used up", async () => {
    const link = await share({ nodeId: folder, maxDownloads: 1 });
    expect((await visit({ path: `${link.at}/content/${file}` })).status).toBe(200);
    expect(await answers(link)).toEqual(["410 downloads-spent"]);
  });

  it("that gives content is closed where the link is for looking only", async () => {
    const link = await share({ nodeId: folder, previewOnly: true });
    for (const path of [`content/${file}`, "zip"]) {
      expect(code(await visit({ path: `${link.at}/${path}` }))).toBe("403 preview-only");
      const headed = await head(`${link.at}/${path}`);
      expect([headed.status, headed.headers.get("repr-digest")]).toEqual([403, null]);
      const problem = JSON.parse(String(headed.headers.get("sampan-problem"))) as object;
      expect(problem).toMatchObject({ status: 403, code: "preview-only" });
    }
    const saved = await other.ask({ method: "POST", path: `${link.at}/save`, json: {} });
    expect(code(saved)).toBe("403 preview-only");
    expect((await visit({ path: `${link.at}/excerpt/${file}` })).status).toBeLessThan(300);
  });
});

describe("the last download", () => {
  it("goes to as many of 50 racers as are allowed", async () => {
    const nodeId = await put("raced.txt");
    const link = await share({ nodeId, maxDownloads: 7 });
    const racers = Array.from({ length: 50 }, () =>
      visit({ path: `${link.at}/content/${nodeId}` }),
    );
    const statuses = (await Promise.all(racers)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(7);
    expect(statuses.filter((status) => status === 410)).toHaveLength(43);
    const { downloads } = (await server.ask({ path: `/shares/${link.id}` })).json();
    expect(downloads).toBe(7);
  });

  it("goes to as many of 50 racers for a range as are allowed, and to those in parallel", async () => {
    const nodeId = await put("raced-by-range.txt");
    const link = await share({ nodeId, maxDownloads: 5 });
    const path = `${link.at}/content/${nodeId}`;
    const range = { range: "bytes=0-1" };
    const race = (headers: Record<string, string>) =>
      Promise.all(Array.from({ length: 50 }, () => visit({ path, headers })));
    const answers = await race(range);
    const taken = answers.filter(({ status }) => status === 206);
    expect(taken).toHaveLength(5);
    expect(answers.filter(({ status }) => status === 410)).toHaveLength(45);
    const ticket = { "sampan-download": String(taken[0]?.headers.get("sampan-download")) };
    const again = await race({ ...range, ...ticket });
    expect(again.every(({ status }) => status === 206)).toBe(true);
    const { downloads } = (await server.ask({ path: `/shares/${link.id}` })).json();
    expect(downloads).toBe(5);
  });

  it("is one, in however many ranges its taker asks for it", async () => {
    const nodeId = await put("ranged.txt");
    const link = await share({ nodeId, maxDownloads: 1 });
    const path = `${link.at}/content/${nodeId}`;
    const first = await visit({ path, headers: { range: "bytes=0-3" } });
    const ticket = { "sampan-download": String(first.headers.get("sampan-download")) };
    const second = await visit({ path, headers: { range: "bytes=4-7", ...ticket } });
    expect([second.status, second.text]).toEqual([206, text.slice(4, 8)]);
    const cookie = String(first.headers.get("set-cookie")).split(";")[0]!;
    expect((await visit({ path, headers: { cookie } })).text).toBe(text);
    expect(code(await visit({ path }))).toBe("410 downloads-spent");
    // A ticket of one thing is none of another, and outlives nothing but the count.
    const other = await visit({ path: `${link.at}/zip`, headers: ticket });
    expect(code(other)).toBe("410 downloads-spent");
    await server.ask({ method: "DELETE", path: `/shares/${link.id}` });
    expect(code(await visit({ path, headers: ticket }))).toBe("404 shared-link-not-found");
  });

  it("is not used up by who only asks, or has it already", async () => {
    const nodeId = await put("asked.txt");
    const link = await share({ nodeId, maxDownloads: 1 });
    const path = `${link.at}/content/${nodeId}`;
    const headed = await head(path);
    const headers = { "if-none-match": String(headed.headers.get("etag")) };
    expect((await visit({ path, headers })).status).toBe(304);
    expect((await visit({ path, headers: { range: "bytes=900-" } })).status).toBe(416);
    expect((await visit({ path })).status).toBe(200);
  });
});

describe("guessing", () => {
  it("is answered 429 after a while, for passwords and for tokens", async () => {
    const link = await share({ nodeId: await put("guessed.txt"), password: "not so easy" });
    const codes: string[] = [];
    for (let i = 0; i < 11; i++) {
      const json = { password: `wrong ${i}` };
      codes.push(code(await visit({ method: "POST", path: `${link.at}/unlock`, json })));
    }
    expect(new Set(codes.slice(0, 10))).toEqual(new Set(["401 share-locked"]));
    expect(codes[10]).toBe("429 too-many-attempts");
    const json = { password: "not so easy" };
    expect((await visit({ method: "POST", path: `${link.at}/unlock`, json })).status).toBe(429);
    const log = await server.ask({ path: `/shares/${link.id}/log` });
    const { items } = log.json() as { items: { kind: string }[] };
    expect(items.filter(({ kind }) => kind === "share.unlock-failed")).toHaveLength(10);

    let status = 404;
    let guesses = 0;
    while (status === 404 && guesses++ < 120) {
      const token = guesses.toString(36).padStart(22, "x");
      status = (await visit({ path: `/s/${token}` })).status;
    }
    expect(status).toBe(429);
  });
});
