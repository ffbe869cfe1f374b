import { useStore } from "../state/use-store.ts";
import { useText } from "../text/text.tsx";
import { IconButton } from "./icon-button.tsx";
import { Icon } from "./icon.tsx";
import type { Notices } from "./notices.ts";

export function NoticeList({ notices }: { notices: Notices }) {
  const text = useText();
  const shown = useStore(notices);
  return shown.map((notice) => (
    <p key={notice.id} className="notice" role="alert">
      <Icon name="alert" />
      <span>{notice.word(text)}</span>
      <IconButton
        icon="close"
        label={text.t.files.dismiss}
        onClick={() => notices.dismiss(notice.id)}
      />
    </p>
  ));
}
