import { useEffect, useState } from "react";
import type { Page, Share, ShareLogLine } from "@sampan/sdk";
import type { Services } from "../services.ts";
import { useText } from "../text/text.tsx";
import { useWords } from "../text/words.ts";
import { toFailure } from "../transfers/failure.ts";
import { sharingWords } from "./words.ts";

const PAGE = 25;

/** Who used a share, newest first. */
export function ShareLog({ services, share }: { services: Services; share: Share }) {
  const words = useWords(sharingWords);
  const { client, notices } = services;
  const [page, setPage] = useState<Page<ShareLogLine> | null>(null);
  const [cursor, setCursor] = useState<string | undefined>();
  useEffect(() => {
    const asking = new AbortController();
    client.listShareLog(share.id, { limit: PAGE, cursor, signal: asking.signal }).then(
      ({ items, nextCursor }) =>
        setPage((before) => ({
          items: cursor === undefined ? items : [...(before?.items ?? []), ...items],
          nextCursor,
        })),
      (error: unknown) => {
        if (asking.signal.aborted) return;
        const failure = toFailure(error);
        notices.show(({ t, format }) => t.explain(failure, format));
      },
    );
    return () => asking.abort();
  }, [client, notices, share.id, cursor]);
  if (page === null) return null;
  const { nextCursor } = page;
  return (
    <div className="share-log">
      {page.items.length === 0 && <p className="field-hint">{words.logNone}</p>}
      <ol>
        {page.items.map((line, index) => (
          // Lines have no id; they only ever grow at the end.
          <LogLine key={`${line.at} ${index}`} line={line} services={services} />
        ))}
      </ol>
      {nextCursor !== null && (
        <button type="button" className="button small" onClick={() => setCursor(nextCursor)}>
          {words.more}
        </button>
      )}
    </div>
  );
}

function LogLine({ line, services }: { line: ShareLogLine; services: Services }) {
  const { format } = useText();
  const words = useWords(sharingWords);
  const { kind, actor, data, at } = line;
  const what = words.logLines[kind];
  if (what === undefined) return null;
  const session = services.session.get();
  const isOwn = session.kind === "signed-in" && session.user.id === actor.accountId;
  const who = isOwn ? words.you : (actor.address ?? words.somebody);
  const { name, size } = data;
  const facts = [
    typeof name === "string" ? name : null,
    typeof size === "number" ? format.bytes(size) : null,
  ].filter((fact) => fact !== null);
  return (
    <li>
      <span className="share-log-what">
        <strong>{what}</strong> {facts.join(" · ")}
      </span>
      <small>
        {words.logFrom(who)} · <time dateTime={at}>{format.date(at)}</time>
      </small>
    </li>
  );
}
