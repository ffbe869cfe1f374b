import { useEffect, useState } from "react";
import type { Client } from "@sampan/sdk";
import { EntryPage } from "../entry/entry-page.tsx";
import type { Entry } from "../entry/entry.ts";
import { useWords } from "../text/words.ts";
import { Icon } from "../ui/icon.tsx";
import type { Save } from "./save.ts";
import { visitorWords } from "./words.ts";

/** Whoever signs in elsewhere comes back to this address, with the button in focus. */
export const saveMark = "save";

export function SaveSignIn({ client, save }: { client: Client; save: Save }) {
  const words = useWords(visitorWords);
  const [entry, setEntry] = useState<Entry>({ kind: "log-in", error: null });
  useEffect(() => {
    const before = location.href;
    const marked = new URL(before);
    marked.searchParams.set(saveMark, "1");
    history.replaceState(history.state, "", marked);
    return () => history.replaceState(history.state, "", before);
  }, []);
  return (
    <div className="visitor-sign-in">
      <button type="button" className="button quiet" onClick={save.goBack}>
        <Icon name="chevronLeft" />
        {words.signInBack}
      </button>
      <EntryPage
        client={client}
        entry={entry}
        wasRefused={false}
        lead={words.signInLead}
        onEnter={save.signedIn}
        onChoose={setEntry}
      />
    </div>
  );
}
