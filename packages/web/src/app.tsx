import { useEffect } from "react";
import { Drive } from "./files/drive.tsx";
import type { Services } from "./services.ts";
import { SignIn } from "./session/sign-in.tsx";
import { useStore } from "./state/use-store.ts";
import { Dock } from "./transfers/dock.tsx";
import { TransferNews } from "./transfers/transfer-news.tsx";
import { useProgressInTab } from "./transfers/use-progress-in-tab.ts";

export function App({ services }: { services: Services }) {
  const { session, transfers } = services;
  const state = useStore(session);
  const { summary } = useStore(transfers);
  useQuestionBeforeLeaving(summary.active > 0);
  useProgressInTab(summary);
  return (
    <>
      {state.kind === "signed-in" ? (
        <Drive services={services} />
      ) : (
        <SignIn session={session} wasRefused={state.wasRefused} />
      )}
      <Dock services={services} />
      <TransferNews transfers={transfers} />
    </>
  );
}

function useQuestionBeforeLeaving(isNeeded: boolean): void {
  useEffect(() => {
    if (!isNeeded) return;
    const ask = (event: BeforeUnloadEvent): void => event.preventDefault();
    addEventListener("beforeunload", ask);
    return () => removeEventListener("beforeunload", ask);
  }, [isNeeded]);
}
