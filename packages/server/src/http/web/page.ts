import type { FastifyRequest } from "fastify";

/** Nothing inline, nothing from elsewhere but what users stored; `data:` is the icon that shows progress. */
const policyOf = (contentOrigin: string | undefined): string => {
  const here = contentOrigin === undefined ? "'self'" : `'self' ${contentOrigin}`;
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    `img-src ${here} data:`,
    `media-src ${here}`,
    `connect-src ${here}`,
    "worker-src 'self'",
    // What the page makes itself: a PDF for the browser's own reader, by a type that is nothing else.
    "frame-src blob:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
};

export function pageHeaders(contentOrigin: string | undefined) {
  return {
    "content-security-policy": policyOf(contentOrigin),
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
  };
}

export const plainPage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>Sampan</title>
<h1>Sampan is running</h1>
<p>The API is up, and <a href="/api/docs">its documentation</a> is here.
<p>The web app is not built: <code>npm start</code> builds it.
</html>
`;

/** Paths below these belong to programs, which want to be told of a wrong address. */
const programPaths = /^\/(api|files|assets|uploads|go-uploader|file|user|netdisk)(\/|$)/;

/** Somebody follows a link or types an address: whatever it is, the app can say something. */
export function isPageRequest({ url, headers }: FastifyRequest): boolean {
  const [path = "/"] = url.split("?");
  return !programPaths.test(path) && (headers.accept ?? "").includes("text/html");
}
