import { useState } from "react";
import type { Share } from "@sampan/sdk";
import type { Item } from "../files/item.ts";
import { isFolder } from "../files/item.ts";
import type { Services } from "../services.ts";
import { useWords } from "../text/words.ts";
import { Icon } from "../ui/icon.tsx";
import { LinkCard } from "./link-card.tsx";
import { LinkForm } from "./link-form.tsx";
import { PersonForm } from "./person-form.tsx";
import { PersonLine } from "./person-line.tsx";
import { newShareOf } from "./limits.ts";
import { useShares } from "./use-shares.ts";
import { sharingWords } from "./words.ts";
import "../styles/sharing.css";

/** By whom else one thing can be reached: people here, and whoever has a link. */
export function SharePanel({ services, item }: { services: Services; item: Item }) {
  const words = useWords(sharingWords);
  const { client } = services;
  const { shares, note, drop } = useShares(services, { nodeId: item.id });
  const [making, setMaking] = useState<"link" | "request" | null>(null);
  const [newId, setNewId] = useState<string | null>(null);
  const people = shares.filter(({ kind }) => kind === "user");
  const links = shares.filter(({ kind }) => kind !== "user");

  function noteMade(share: Share): void {
    note(share);
    setNewId(share.id);
    setMaking(null);
  }
  return (
    <div className="share-panel">
      <section aria-label={words.links}>
        <h3>{words.links}</h3>
        {making === null ? (
          <>
            <p className="settings-lead">{words.linksLead}</p>
            <div className="button-row">
              <button type="button" className="button primary" onClick={() => setMaking("link")}>
                <Icon name="link" />
                {words.newLink}
              </button>
              {isFolder(item) && (
                <button type="button" className="button" onClick={() => setMaking("request")}>
                  <Icon name="inbox" />
                  {words.newRequest}
                </button>
              )}
            </div>
          </>
        ) : (
          <LinkForm
            key={making}
            kind={making}
            share={null}
            onSend={async (limits) => {
              noteMade(await client.createShare(newShareOf({ kind: making, limits, item })));
            }}
            onClose={() => setMaking(null)}
          />
        )}
        <ul className="link-cards">
          {links.map((share) => (
            <LinkCard
              key={share.id}
              services={services}
              share={share}
              isNew={share.id === newId}
              onChanged={note}
              onRevoked={drop}
            />
          ))}
        </ul>
      </section>
      <section aria-label={words.people}>
        <h3>{words.people}</h3>
        <PersonForm services={services} item={item} onShared={note} />
        {people.length > 0 && (
          <ul className="lines">
            {people.map((share) => (
              <PersonLine
                key={share.id}
                services={services}
                share={share}
                onChanged={note}
                onRevoked={drop}
              />
            ))}
          </ul>
        )}
      </section>
    </div>
  );
}
