import { useEffect, useState } from "react";
import type { User } from "@sampan/sdk";
import { EntryPage } from "./entry/entry-page.tsx";
import { isForAnybody, parseEntry, type Entry } from "./entry/entry.ts";
import { Drive } from "./files/drive.tsx";
import { rootPlace } from "./places/place.ts";
import type { Services } from "./services.ts";
import { useStore } from "./state/use-store.ts";
import { useText } from "./text/text.tsx";
import { Dock } from "./transfers/dock.tsx";
import { TransferNews } from "./transfers/transfer-news.tsx";

export function App({ services }: { services: Services }) {
  const { session, transfers } = services;
  const { kind } = useStore(session);
  return (
    <>
      <Page services={services} />
      <Dock services={services} canUnfold={kind === "signed-in"} />
      <TransferNews transfers={transfers} />
    </>
  );
}

function Page({ services }: { services: Services }) {
  const { session, client, navigation, notices } = services;
  const { t } = useText();
  const state = useStore(session);
  const [entry, setEntry] = useState<Entry | null>(() => parseEntry(location));
  const isAtLink = entry !== null && isForAnybody(entry);

  const wasLinking = state.kind === "signed-in" && entry?.kind === "log-in" ? entry.error : null;
  useEffect(() => {
    if (wasLinking === null) return;
    // Somebody who is signed in already tried to link an account elsewhere.
    navigation.replace({ kind: "account" });
    notices.show(({ t: texts, format }) => texts.explain({ code: wasLinking, facts: {} }, format));
  }, [wasLinking, navigation, notices]);

  function enter(user: User): void {
    // The link is used up, and what it opened is at another address.
    if (parseEntry(location) !== null) navigation.replace(rootPlace);
    setEntry(null);
    session.enter(user);
  }
  function choose(next: Entry): void {
    if (parseEntry(location) !== null) history.replaceState(null, "", "/login");
    setEntry(next);
  }

  if (state.kind === "signed-in" && !isAtLink) {
    return <Drive key={state.user.id} services={services} user={state.user} />;
  }
  if (state.kind === "asking" && !isAtLink) {
    return state.isLate ? <output className="asking">{t.asking}</output> : null;
  }
  return (
    <EntryPage
      client={client}
      entry={entry ?? { kind: "log-in", error: null }}
      wasRefused={state.kind === "signed-out" && state.wasRefused}
      onEnter={enter}
      onChoose={choose}
    />
  );
}
