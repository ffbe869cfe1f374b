import { useEffect, useState } from "react";
import { hasCode } from "@sampan/sdk";
import { useText } from "../text/text.tsx";
import { toFailure, type Failure } from "../transfers/failure.ts";
import { NoPreview } from "./no-preview.tsx";
import type { PreviewProps } from "./preview-source.ts";

type Excerpt =
  | { readonly kind: "asking" }
  | { readonly kind: "text"; readonly text: string; readonly isWhole: boolean }
  | { readonly kind: "none" }
  | { readonly kind: "failed"; readonly failure: Failure };

const RETRY_MS = 1_000;
const MAX_TRIES = 8;
/** The server cuts there. */
const MAX_BYTES = 64 * 1024;

export function TextExcerpt({ item, source }: PreviewProps) {
  const { t, format } = useText();
  const excerpt = useExcerpt({ item, source });
  switch (excerpt.kind) {
    case "asking":
      return <div className="preview-text" aria-busy="true" />;
    case "none":
      return <NoPreview item={item} />;
    case "failed":
      return (
        <p className="no-match" role="alert">
          {t.explain(excerpt.failure, format)}
        </p>
      );
    case "text":
      return (
        <div className="preview-text">
          {/* A scrolling region takes the focus, so that the arrow keys scroll it. */}
          {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
          <pre tabIndex={0}>{excerpt.text}</pre>
          {!excerpt.isWhole && <p className="preview-facts">{t.preview.beginning}</p>}
        </div>
      );
  }
}

function useExcerpt({ item, source }: PreviewProps): Excerpt {
  const [excerpt, setExcerpt] = useState<Excerpt>({ kind: "asking" });
  useEffect(() => {
    const asking = new AbortController();
    const { signal } = asking;
    async function ask(): Promise<Excerpt> {
      for (let tries = 0; tries < MAX_TRIES; tries += 1) {
        const response = await source.getExcerpt(item, { signal });
        if (response !== null) {
          const text = await response.text();
          return { kind: "text", text, isWhole: (item.size ?? 0) <= MAX_BYTES };
        }
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
        signal.throwIfAborted();
      }
      return { kind: "none" };
    }
    ask().then(
      (found) => {
        if (!signal.aborted) setExcerpt(found);
      },
      (error: unknown) => {
        if (signal.aborted) return;
        const isNone = hasCode(error, "no-preview");
        setExcerpt(isNone ? { kind: "none" } : { kind: "failed", failure: toFailure(error) });
      },
    );
    return () => asking.abort();
  }, [item, source]);
  return excerpt;
}
