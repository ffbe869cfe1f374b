import type { Share, ShareRight } from "@sampan/sdk";
import type { Services } from "../services.ts";
import { useText } from "../text/text.tsx";
import { useWords } from "../text/words.ts";
import { toFailure } from "../transfers/failure.ts";
import { IconButton } from "../ui/icon-button.tsx";
import { describeShare } from "./describe-share.ts";
import { sharingWords } from "./words.ts";

interface PersonLineProps {
  services: Services;
  share: Share;
  /** Where it is not clear from what surrounds it. */
  showsName?: boolean;
  onChanged: (share: Share) => void;
  onRevoked: (share: Share) => void;
}

/** Somebody who may reach it. Taking that back has a way back. */
export function PersonLine(props: PersonLineProps) {
  const { services, share, showsName = false, onChanged, onRevoked } = props;
  const { format } = useText();
  const words = useWords(sharingWords);
  const { client, notices, toasts } = services;
  const name = share.granteeName ?? words.unknownPerson;
  const right = share.right ?? "view";
  const facts = describeShare(share, { words, format });

  async function attempt(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      const failure = toFailure(error);
      notices.show(({ t, format: shape }) => t.explain(failure, shape));
    }
  }
  const giveAgain = (): Promise<void> =>
    attempt(async () => {
      const { node, expiresAt } = share;
      if (node === null) return;
      onChanged(
        await client.createShare({ kind: "user", nodeId: node.id, name, right, expiresAt }),
      );
      toasts.show(({ language }) => sharingWords[language].givenAgain(name));
    });
  const takeBack = (): Promise<void> =>
    attempt(async () => {
      await client.revokeShare(share.id);
      onRevoked(share);
      const undo = share.granteeName === null || share.node === null ? undefined : giveAgain;
      toasts.show(({ language }) => sharingWords[language].takenBack(name), undo);
    });

  return (
    <li className="line">
      <span className="avatar" aria-hidden="true">
        {[...name][0]?.toUpperCase()}
      </span>
      <span className="line-what">
        <strong>{showsName ? (share.node?.name ?? words.asleep) : name}</strong>
        <small>{[...(showsName ? [name] : []), ...facts].join(" · ")}</small>
      </span>
      <select
        className="select"
        aria-label={words.rightOf(name)}
        value={right}
        onChange={({ target }) => {
          const next = target.value as ShareRight;
          void attempt(async () => onChanged(await client.changeShare(share.id, { right: next })));
        }}
      >
        <option value="view">{words.rights.view}</option>
        <option value="edit">{words.rights.edit}</option>
      </select>
      <IconButton icon="close" label={words.takeBack(name)} onClick={() => void takeBack()} />
    </li>
  );
}
