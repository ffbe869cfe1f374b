/** The way to the server, and the server itself. */
import { isRetryable, SampanError, type Health, type TransportRequest } from "@sampan/sdk";
import { createNodeClient, createNodeTransport } from "@sampan/sdk/node";
import { isLoopback } from "../connection.ts";
import { ok, problem, warn, type Finding } from "./finding.ts";

/** Sessions and links are judged by the server's clock, dates here by ours. */
const MAX_APART_MS = 60_000;

interface Examined {
  readonly findings: Finding[];
  /** Whether there is a server to ask more of. */
  readonly isThere: boolean;
}

export async function examineServer(url: URL, signal: AbortSignal): Promise<Examined> {
  const send = createNodeTransport();
  let answer: Response | undefined;
  let tookMs = 0;
  const transport = async (request: TransportRequest): Promise<Response> => {
    const startedAtMs = performance.now();
    answer = await send(request);
    tookMs = performance.now() - startedAtMs;
    return answer;
  };
  const client = createNodeClient({ url: url.href, transport });
  try {
    const health = await client.getHealth({ signal });
    const where = `${url.origin} answers in ${Math.ceil(tookMs)} ms`;
    const findings = [
      ok("server", where),
      ...examineWay(url),
      ...examineHealth(health),
      ...examineClock(answer?.headers.get("date") ?? null, Date.now()),
    ];
    return { findings, isThere: true };
  } catch (error) {
    signal.throwIfAborted();
    return { findings: [explainAbsence(url, error)], isThere: false };
  }
}

function explainAbsence(url: URL, error: unknown): Finding {
  if (!(error instanceof SampanError)) throw error;
  if (error.status === 0 && isRetryable(error)) {
    const reason = error.message.replace(/^No answer from the server: /, "").split("\n")[0] ?? "";
    const detail = `${url.origin} does not answer: ${reason}`;
    return problem("server", { detail, advice: adviceOnSilence(url, reason) });
  }
  return problem("server", {
    detail: `${url.origin} answers, but is no Sampan server (${error.message})`,
    advice: "check the address (--url, SAMPAN_URL), and what a proxy in between makes of /api/v1",
  });
}

function adviceOnSilence(url: URL, reason: string): string {
  if (/EPROTO|SSL|TLS|certificate/i.test(reason))
    return "check whether it is https:// or http://, and the server's certificate";
  return isLoopback(url.hostname)
    ? "start it by sampan serve, or say by --url or SAMPAN_URL where it is"
    : "check the address (--url, SAMPAN_URL), the network, and that the server runs";
}

function examineWay(url: URL): Finding[] {
  if (url.protocol === "https:" || isLoopback(url.hostname)) return [];
  return [
    warn("way", {
      detail: "http to another machine: passwords and files can be read on the way",
      advice: "put a proxy with TLS before the server, and use https://",
    }),
  ];
}

function examineHealth({ checks }: Health): Finding[] {
  return Object.entries(checks).map(([name, check]) => {
    const { status, detail } = check as { status?: unknown; detail?: unknown };
    if (status === "ok") return ok(name, "fine, says the server");
    return problem(name, {
      detail: typeof detail === "string" ? detail : `the server says: ${String(status)}`,
      advice: ADVICE[name] ?? "look into the server's log",
    });
  });
}

const ADVICE: Readonly<Record<string, string>> = {
  disk: "make room on the server's disk: empty the trash, abort old uploads, or give it more",
  storage: "look into the server's log, check its disk, and start it again",
  acknowledged: "the disk lost what it had promised to keep: check the hardware, then sampan check",
};

function examineClock(date: string | null, nowMs: number): Finding[] {
  const apartMs = Math.abs(nowMs - Date.parse(date ?? ""));
  if (Number.isNaN(apartMs)) return [];
  if (apartMs <= MAX_APART_MS) return [ok("clock", "as the server's")];
  return [
    warn("clock", {
      detail: `${Math.round(apartMs / 1000)} s apart from the server's`,
      advice: "set both by NTP: links and tokens end by the server's clock",
    }),
  ];
}
