/* oxlint-disable jsx-a11y/prefer-tag-over-role -- see file-table.tsx */
import { useEffect, useRef } from "react";
import type { StoredFile } from "@sampan/sdk";
import { useText } from "../text/text.tsx";
import { IconButton } from "../ui/icon-button.tsx";
import { Icon, iconFor } from "../ui/icon.tsx";

interface FileRowProps {
  file: StoredFile;
  index: number;
  top: number;
  /** The one row that Tab leads to. */
  isActive: boolean;
  isDeleting: boolean;
  onFocus: (index: number) => void;
  onDownload: (file: StoredFile) => Promise<void>;
  onDelete: () => void;
  onConfirm: (file: StoredFile) => Promise<void>;
  onKeep: () => void;
}

export function FileRow(props: FileRowProps) {
  const { file, index, top, isActive, isDeleting, onFocus, onDownload } = props;
  return (
    <div
      role="row"
      className="file"
      aria-rowindex={index + 2}
      data-active={isActive}
      data-index={index}
      data-deleting={isDeleting}
      tabIndex={isActive ? 0 : -1}
      style={{ transform: `translateY(${top}px)` }}
      onFocus={() => onFocus(index)}
      onDoubleClick={({ target }) => {
        const isOnButton = target instanceof Element && target.closest("button") !== null;
        if (!isOnButton && !isDeleting) void onDownload(file);
      }}
    >
      {isDeleting ? <Question {...props} /> : <Cells {...props} />}
    </div>
  );
}

function Cells({ file, isActive, onDownload, onDelete }: FileRowProps) {
  const { t, format } = useText();
  const { name, size, mediaType, modifiedAt } = file;
  const tabIndex = isActive ? 0 : -1;
  return (
    <>
      <span role="gridcell" className="file-name" title={name}>
        <Icon name={iconFor(mediaType)} />
        <span className="file-label">{name}</span>
      </span>
      <span role="gridcell" className="files-size">
        {format.bytes(size)}
      </span>
      <span role="gridcell" className="files-date">
        <time dateTime={modifiedAt} title={format.dateTime(modifiedAt)}>
          {format.date(modifiedAt)}
        </time>
      </span>
      <span role="gridcell" className="file-actions">
        <IconButton
          icon="download"
          label={t.files.download(name)}
          tabIndex={tabIndex}
          onClick={() => void onDownload(file)}
        />
        <IconButton
          icon="trash"
          label={t.files.delete(name)}
          tabIndex={tabIndex}
          onClick={onDelete}
        />
      </span>
    </>
  );
}

/** In the row itself: nothing covers the list, and everything else stays usable. */
function Question({ file, onConfirm, onKeep }: FileRowProps) {
  const { t } = useText();
  const keep = useRef<HTMLButtonElement>(null);
  useEffect(() => keep.current?.focus({ preventScroll: true }), []);
  return (
    <span role="gridcell" className="file-question" aria-colspan={4}>
      <span className="file-label" role="alert">
        {t.files.confirmDelete(file.name)}
      </span>
      <button
        type="button"
        className="button small danger"
        // The second click of a double click was meant for the button that was here before.
        onClick={({ detail }) => void (detail > 1 || onConfirm(file))}
      >
        {t.files.confirm}
      </button>
      <button ref={keep} type="button" className="button small" onClick={onKeep}>
        {t.files.keep}
      </button>
    </span>
  );
}
