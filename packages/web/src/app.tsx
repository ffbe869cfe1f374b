import { Drive } from "./files/drive.tsx";
import type { Services } from "./services.ts";
import { SignIn } from "./session/sign-in.tsx";
import { useStore } from "./state/use-store.ts";
import { Dock } from "./transfers/dock.tsx";
import { TransferNews } from "./transfers/transfer-news.tsx";

export function App({ services }: { services: Services }) {
  const { session, transfers } = services;
  const state = useStore(session);
  return (
    <>
      {state.kind === "signed-in" ? (
        <Drive services={services} />
      ) : (
        <SignIn session={session} wasRefused={state.wasRefused} />
      )}
      <Dock services={services} canUnfold={state.kind === "signed-in"} />
      <TransferNews transfers={transfers} />
    </>
  );
}
