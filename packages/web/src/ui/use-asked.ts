import { useCallback, useEffect, useRef, useState } from "react";
import { toFailure } from "../transfers/failure.ts";
import type { Notices } from "./notices.ts";

interface Asked<Answer> {
  /** Null until it is there. */
  readonly answer: Answer | null;
  /** Does something that changes the answer, then asks again. What does not work, a notice says; false then. */
  change(act: () => Promise<unknown>): Promise<boolean>;
  refresh(): Promise<void>;
}

/** What the server answers to one question, for as long as somebody looks. */
export function useAsked<Answer>(
  ask: (options: { signal: AbortSignal }) => Promise<Answer>,
  { notices }: { notices: Notices },
): Asked<Answer> {
  const [answer, setAnswer] = useState<Answer | null>(null);
  const question = useRef(ask);
  const asking = useRef<AbortController | null>(null);
  useEffect(() => {
    question.current = ask;
  });

  const report = useCallback(
    (error: unknown): void => {
      const failure = toFailure(error);
      notices.show(({ t, format }) => t.explain(failure, format));
    },
    [notices],
  );
  /** Only the latest question counts. */
  const refresh = useCallback(async (): Promise<void> => {
    asking.current?.abort();
    const current = new AbortController();
    asking.current = current;
    try {
      const found = await question.current({ signal: current.signal });
      if (!current.signal.aborted) setAnswer(found);
    } catch (error) {
      if (!current.signal.aborted) report(error);
    }
  }, [report]);
  useEffect(() => {
    void refresh();
    return () => asking.current?.abort();
  }, [refresh]);

  const change = useCallback(
    async (act: () => Promise<unknown>): Promise<boolean> => {
      let isDone = true;
      try {
        await act();
      } catch (error) {
        report(error);
        isDone = false;
      }
      await refresh();
      return isDone;
    },
    [refresh, report],
  );
  return { answer, change, refresh };
}
