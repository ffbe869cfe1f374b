import { expect, test } from "vitest";
import { parseShareLink } from "./share-link.ts";

const token = "AbCdEfGhIjKlMnOpQrSt_-";

test.each([
  [`https://drive.example.org/s/${token}`, "https://drive.example.org"],
  [`http://127.0.0.1:18101/s/${token}/`, "http://127.0.0.1:18101"],
  [`https://example.org/drive/s/${token}?from=mail#top`, "https://example.org/drive"],
  [`  https://example.org/s/s/${token}\n`, "https://example.org/s"],
])("%j is a link of the server %s", (text, url) => {
  expect(parseShareLink(text)).toEqual({ url, shareToken: token });
});

test.each([
  "",
  token,
  `ftp://example.org/s/${token}`,
  `https://mei:secret@example.org/s/${token}`,
  "https://example.org/s/short",
  `https://example.org/s/${token}/more`,
  `https://example.org/t/${token}`,
])("%j is none", (text) => {
  expect(() => parseShareLink(text)).toThrow(expect.objectContaining({ code: "not-a-link" }));
});
