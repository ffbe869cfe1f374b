import { useEffect, useState } from "react";

export interface Dropped {
  files: File[];
  /** How many folders were among them; a browser lists them like files that cannot be read. */
  folders: number;
}

/** Accepts files wherever they are dropped on the page; true while some are held over it. */
export function useFileDrop(onDrop: (dropped: Dropped) => void): boolean {
  const [isOver, setIsOver] = useState(false);
  useEffect(() => {
    const hold = (event: DragEvent): void => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      if (event.dataTransfer !== null) event.dataTransfer.dropEffect = "copy";
      setIsOver(true);
    };
    // Entering a child leaves its parent; only leaving the window has no further target.
    const leave = (event: DragEvent): void => {
      if (event.relatedTarget === null) setIsOver(false);
    };
    const drop = (event: DragEvent): void => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setIsOver(false);
      if (event.dataTransfer !== null) onDrop(readDrop(event.dataTransfer));
    };
    addEventListener("dragenter", hold);
    addEventListener("dragover", hold);
    addEventListener("dragleave", leave);
    addEventListener("drop", drop);
    return () => {
      removeEventListener("dragenter", hold);
      removeEventListener("dragover", hold);
      removeEventListener("dragleave", leave);
      removeEventListener("drop", drop);
    };
  }, [onDrop]);
  return isOver;
}

function hasFiles({ dataTransfer }: DragEvent): boolean {
  return dataTransfer?.types.includes("Files") === true;
}

function readDrop({ items }: DataTransfer): Dropped {
  const dropped: Dropped = { files: [], folders: 0 };
  for (const item of items) {
    if (item.kind !== "file") continue;
    if (item.webkitGetAsEntry()?.isDirectory === true) dropped.folders += 1;
    else {
      const file = item.getAsFile();
      if (file !== null) dropped.files.push(file);
    }
  }
  return dropped;
}
