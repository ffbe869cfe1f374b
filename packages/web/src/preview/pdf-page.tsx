import { useEffect, useState } from "react";
import type { Item } from "../files/item.ts";
import { NoPreview } from "./no-preview.tsx";
import type { PreviewProps } from "./preview-source.ts";

/** It is held in memory as a whole. */
const MAX_BYTES = 64 * 1024 ** 2;
const SIGNATURE = "%PDF-";
/** Readers accept it anywhere in here. */
const SIGNATURE_WITHIN = 1024;

/** Whether this browser has a reader of its own, and the file is not too much for it. */
export function canShowPdf({ size }: Pick<Item, "size">): boolean {
  return navigator.pdfViewerEnabled && (size ?? 0) <= MAX_BYTES;
}

/**
 * By the browser's own reader, which runs nothing of it in this page: the type is said here, whatever the server or the file's owner says, so that it can
 * be taken for nothing but a PDF.
 */
export function PdfPage({ item, source }: PreviewProps) {
  const address = source.contentUrl(item);
  const { url, hasFailed } = usePdf(address);
  if (hasFailed) return <NoPreview item={item} />;
  if (url === null) return <div className="preview-pdf" aria-busy="true" />;
  // A sandbox would keep the browser's reader out as well.
  // oxlint-disable-next-line react/iframe-missing-sandbox
  return <iframe className="preview-pdf" src={url} title={item.name} />;
}

function usePdf(address: string | null): { url: string | null; hasFailed: boolean } {
  const [url, setUrl] = useState<string | null>(null);
  const [hasFailed, setHasFailed] = useState(address === null);
  useEffect(() => {
    if (address === null) return;
    const asking = new AbortController();
    let made: string | null = null;
    load(address, asking.signal).then(
      (blob) => {
        if (asking.signal.aborted) return;
        if (blob === null) {
          setHasFailed(true);
          return;
        }
        made = URL.createObjectURL(blob);
        setUrl(made);
      },
      () => {
        if (!asking.signal.aborted) setHasFailed(true);
      },
    );
    return () => {
      asking.abort();
      if (made !== null) URL.revokeObjectURL(made);
    };
  }, [address]);
  return { url, hasFailed };
}

/** Null where it is no PDF after all. */
async function load(address: string, signal: AbortSignal): Promise<Blob | null> {
  const response = await fetch(address, { signal });
  if (!response.ok) return null;
  const bytes = await response.blob();
  const beginning = await bytes.slice(0, SIGNATURE_WITHIN).text();
  return beginning.includes(SIGNATURE) ? new Blob([bytes], { type: "application/pdf" }) : null;
}
