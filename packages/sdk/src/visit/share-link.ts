import { SampanError } from "../errors.ts";

/** What a link to something shared spells: `<url>/s/<token>`. */
export interface ShareLink {
  /** Where the server is, as `createClient` takes it. */
  url: string;
  /** The secret part: whoever has it, has the link. */
  shareToken: string;
}

const PATH = /^(?<prefix>.*)\/s\/(?<token>[A-Za-z0-9_-]{22})\/?$/;

/** Throws `not-a-link`, for the address of anything else too. */
export function parseShareLink(text: string): ShareLink {
  const url = URL.parse(text.trim());
  const match =
    url?.protocol === "http:" || url?.protocol === "https:" ? PATH.exec(url.pathname) : null;
  const { prefix, token } = match?.groups ?? {};
  if (url === null || prefix === undefined || token === undefined || url.username !== "")
    throw new SampanError("This is not the address of something shared (https://…/s/…)", {
      code: "not-a-link",
    });
  return { url: `${url.origin}${prefix}`, shareToken: token };
}
