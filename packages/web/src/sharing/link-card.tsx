import { useState } from "react";
import type { Share } from "@sampan/sdk";
import type { Services } from "../services.ts";
import { useText } from "../text/text.tsx";
import { useWords } from "../text/words.ts";
import { toFailure } from "../transfers/failure.ts";
import { Confirm } from "../ui/confirm.tsx";
import { CopyField } from "../ui/copy-field.tsx";
import { Icon } from "../ui/icon.tsx";
import { describeShare } from "./describe-share.ts";
import { LinkForm } from "./link-form.tsx";
import { ShareLog } from "./share-log.tsx";
import { sharingWords } from "./words.ts";

interface LinkCardProps {
  services: Services;
  share: Share;
  /** Just made: copying it comes next. */
  isNew: boolean;
  /** Where it is not clear from what surrounds it. */
  showsName?: boolean;
  onChanged: (share: Share) => void;
  onRevoked: (share: Share) => void;
}

type Unfolded = "change" | "qr" | "log" | "revoke" | null;

/** A link or a file request: its address, what holds for it, and how to change that. */
export function LinkCard(props: LinkCardProps) {
  const { services, share, isNew, showsName = false, onChanged } = props;
  const { format } = useText();
  const words = useWords(sharingWords);
  const { client } = services;
  const [unfolded, setUnfolded] = useState<Unfolded>(null);
  const kind = share.kind === "request" ? "request" : "link";
  const facts = describeShare(share, { words, format });
  return (
    <li className="link-card">
      <p className="link-card-head">
        <Icon name={kind === "request" ? "inbox" : "link"} />
        <span className="line-what">
          <strong>{showsName ? (share.node?.name ?? words.asleep) : words[kind]}</strong>
          <small>{[...facts, words.made(format.date(share.createdAt))].join(" · ")}</small>
        </span>
      </p>
      {share.url === null ? (
        <p className="field-hint">{words.noAddress}</p>
      ) : (
        <CopyField
          label={kind === "request" ? words.requestAddress : words.linkAddress}
          text={share.url}
          takesFocus={isNew}
        />
      )}
      <CardActions {...props} what={words[kind]} unfolded={unfolded} onUnfold={setUnfolded} />
      {unfolded === "qr" && share.url !== null && (
        <img
          className="qr-code"
          src={`/api/v1/shares/${encodeURIComponent(share.id)}/qr.svg`}
          alt={words.qrOf(share.url)}
        />
      )}
      {unfolded === "log" && <ShareLog services={services} share={share} />}
      {unfolded === "change" && (
        <LinkForm
          kind={kind}
          share={share}
          onSend={async (limits) => {
            onChanged(await client.changeShare(share.id, limits));
            setUnfolded(null);
          }}
          onClose={() => setUnfolded(null)}
        />
      )}
    </li>
  );
}

interface CardActionsProps extends LinkCardProps {
  what: string;
  unfolded: Unfolded;
  onUnfold: (what: Unfolded) => void;
}

function CardActions({ services, share, what, unfolded, onUnfold, onRevoked }: CardActionsProps) {
  const words = useWords(sharingWords);
  const { client, notices } = services;

  async function revoke(): Promise<void> {
    try {
      await client.revokeShare(share.id);
      onRevoked(share);
    } catch (error) {
      const failure = toFailure(error);
      notices.show(({ t, format }) => t.explain(failure, format));
    }
  }
  if (unfolded === "revoke") {
    return (
      <Confirm
        question={words.revokeQuestion}
        yes={words.revoke}
        no={words.keep}
        onAnswer={(isYes) => {
          onUnfold(null);
          if (isYes) void revoke();
        }}
      />
    );
  }
  const toggle = (one: "change" | "qr" | "log", label: string, full: string) => (
    <button
      type="button"
      className="button small quiet"
      aria-expanded={unfolded === one}
      aria-label={full}
      onClick={() => onUnfold(unfolded === one ? null : one)}
    >
      {label}
    </button>
  );
  return (
    <div className="link-card-actions">
      {share.url !== null && toggle("qr", words.qr, words.qrOf(what))}
      {toggle("change", words.change, words.changeOne(what))}
      {toggle("log", words.log, words.logOf(what))}
      <button
        type="button"
        className="button small quiet"
        aria-label={words.revokeOne(what)}
        onClick={() => onUnfold("revoke")}
      >
        {words.revoke}
      </button>
    </div>
  );
}
