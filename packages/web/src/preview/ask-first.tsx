import { useState, type ReactNode } from "react";
import { useText } from "../text/text.tsx";
import { Icon, type IconName } from "../ui/icon.tsx";

interface AskFirstProps {
  icon: IconName;
  label: string;
  /** Else there is nothing to ask. */
  isCounted: boolean;
  children: ReactNode;
}

/** What takes the content counts as a download, where those are limited: nobody spends one by looking around. */
export function AskFirst({ icon, label, isCounted, children }: AskFirstProps) {
  const { t } = useText();
  const [isAsked, setIsAsked] = useState(!isCounted);
  if (isAsked) return children;
  return (
    <div className="preview-none">
      <button type="button" className="play-button" onClick={() => setIsAsked(true)}>
        <Icon name={icon} />
        {label}
      </button>
      <p className="preview-facts">{t.preview.countsAsDownload}</p>
    </div>
  );
}
