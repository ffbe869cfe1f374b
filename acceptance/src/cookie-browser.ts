/** As much of a browser as redirects need: cookies by site, and one hop at a time. */
export interface CookieBrowser {
  get(url: string, init?: RequestInit): Promise<Response>;
  /** From redirect to redirect until an answer is none, or `until` matches the next address, which stays unvisited. */
  follow(url: string, until?: RegExp): Promise<string>;
}

export function openCookieBrowser(): CookieBrowser {
  const jar = new Map<string, string>();
  const get = async (url: string, init: RequestInit = {}): Promise<Response> => {
    const prefix = `${new URL(url).host} `;
    const held = [...jar].filter(([name]) => name.startsWith(prefix));
    const cookie = held.map(([name, value]) => `${name.slice(prefix.length)}=${value}`).join("; ");
    const headers = new Headers(init.headers);
    if (cookie !== "") headers.set("cookie", cookie);
    const response = await fetch(url, { ...init, headers, redirect: "manual" });
    for (const line of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (/expires=thu, 01 jan 1970/i.test(line)) jar.delete(prefix + name);
      else jar.set(prefix + name, value);
    }
    return response;
  };
  return {
    get,
    async follow(url, until) {
      let next = url;
      for (let hop = 0; hop < 20; hop++) {
        if (until?.test(next) === true) return next;
        const response = await get(next);
        await response.body?.cancel();
        const location = response.headers.get("location");
        if (location === null) return next;
        next = new URL(location, next).href;
      }
      throw new Error(`too many redirects, the last to ${next}`);
    },
  };
}
