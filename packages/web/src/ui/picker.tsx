import type { RefObject } from "react";

interface PickerProps {
  inputRef: RefObject<HTMLInputElement | null>;
  onChosen: (files: readonly File[]) => void;
  isFolder?: boolean;
}

/** The browser's own chooser, behind whatever button asks for it. */
export function Picker({ inputRef, onChosen, isFolder = false }: PickerProps) {
  return (
    <input
      ref={inputRef}
      type="file"
      multiple
      hidden
      {...(isFolder ? { webkitdirectory: "" } : {})}
      onChange={({ target }) => {
        onChosen([...(target.files ?? [])]);
        // The same again is a choice as well.
        target.value = "";
      }}
    />
  );
}
