import { expect, test } from "vitest";
import type { TransportRequest } from "../transport.ts";
import { createVisitor, type VisitorKeys, type VisitorOptions } from "./visitor.ts";

/** Answers each request by hand, so that a test decides who is answered when. */
function createDesk() {
  const asked: { request: TransportRequest; answer: (response: Response) => void }[] = [];
  const transport = (request: TransportRequest) =>
    new Promise<Response>((answer) => asked.push({ request, answer }));
  const visitor = (options: Partial<VisitorOptions> = {}) =>
    createVisitor({ url: "http://fake/", shareToken: "abc", transport, ...options });
  const settle = () => new Promise((resolve) => setTimeout(resolve, 0));
  return { asked, visitor, settle };
}

const bytes = (headers: Record<string, string> = {}) =>
  new Response("bytes", { status: 206, headers });
const ticket = { "Sampan-Download": "ticket 1" };

test("the first request for something goes alone, and its ticket goes with all that follow", async () => {
  const desk = createDesk();
  const visitor = desk.visitor();
  const three = [0, 1, 2].map((first) =>
    visitor.getContent("file", { range: { first, last: first } }),
  );
  await desk.settle();
  expect(desk.asked).toHaveLength(1);
  desk.asked[0]!.answer(bytes(ticket));
  await desk.settle();
  expect(desk.asked.map(({ request }) => request.headers["Sampan-Download"])).toEqual([
    undefined,
    "ticket 1",
    "ticket 1",
  ]);
  for (const { answer } of desk.asked.slice(1)) answer(bytes());
  expect(await Promise.all(three)).toHaveLength(3);
});

test("when the first request fails, another is the first", async () => {
  const desk = createDesk();
  const visitor = desk.visitor();
  const one = visitor.getContent("file");
  const two = visitor.getContent("file");
  await desk.settle();
  desk.asked[0]!.answer(new Response("{}", { status: 503 }));
  await expect(one).rejects.toMatchObject({ status: 503 });
  await desk.settle();
  expect(desk.asked).toHaveLength(2);
  desk.asked[1]!.answer(bytes(ticket));
  expect((await two).status).toBe(206);
});

test("what is chosen in another order is the same download, and another choice is another", async () => {
  const desk = createDesk();
  const visitor = desk.visitor();
  for (const ids of [["b", "a"], ["a", "b"], ["a"]]) {
    const answer = visitor.getArchive({ ids });
    await desk.settle();
    desk.asked.at(-1)!.answer(bytes({ "Sampan-Download": `ticket of ${ids.join()}` }));
    await answer;
  }
  expect(desk.asked.map(({ request }) => request.headers["Sampan-Download"])).toEqual([
    undefined,
    "ticket of b,a",
    undefined,
  ]);
});

test("another visitor with the same keys is let in, and goes on with the same download", async () => {
  const desk = createDesk();
  const kept: VisitorKeys[] = [];
  const visitor = desk.visitor({ onKeys: (keys) => void kept.push(keys) });
  const unlocking = visitor.unlock("open sesame");
  await desk.settle();
  desk.asked[0]!.answer(Response.json({ credential: "unlocked", expiresAt: "" }));
  await unlocking;
  const getting = visitor.getContent("file");
  await desk.settle();
  desk.asked[1]!.answer(bytes(ticket));
  await getting;
  const keys = { credential: "unlocked", tickets: { "content file": "ticket 1" } };
  expect([kept.at(-1), visitor.keys]).toEqual([keys, keys]);

  const next = desk.visitor({ keys: JSON.parse(JSON.stringify(keys)) as VisitorKeys });
  void next.headContent("file");
  await desk.settle();
  expect(desk.asked[2]!.request.headers).toMatchObject({
    "Sampan-Share": "unlocked",
    "Sampan-Download": "ticket 1",
  });
});

test("the account's token goes along to save, and nowhere else", async () => {
  const desk = createDesk();
  const visitor = desk.visitor({ token: "mine" });
  void visitor.getLink();
  void visitor.getContent("file");
  void visitor.save({ parentId: "root" });
  await desk.settle();
  expect(desk.asked.map(({ request }) => request.headers["Authorization"])).toEqual([
    undefined,
    undefined,
    "Bearer mine",
  ]);
});

test("addresses for a page name what is wanted", () => {
  const visitor = createDesk().visitor();
  expect(visitor.contentUrl("a/b", { inline: true })).toBe(
    "http://fake/api/v1/s/abc/content/a%2Fb?download=0",
  );
  expect(visitor.archiveUrl({ ids: ["a", "b"] })).toBe("http://fake/api/v1/s/abc/zip?ids=a%2Cb");
  expect(visitor.thumbnailUrl("a", { size: 1024, version: 3 })).toBe(
    "http://fake/api/v1/s/abc/thumbnail/a?size=1024&v=3",
  );
});
