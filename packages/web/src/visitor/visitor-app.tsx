import { useEffect, useState } from "react";
import type { Keep } from "../state/keep.ts";
import { useStore } from "../state/use-store.ts";
import { Dock } from "../transfers/dock.tsx";
import { TransferNews } from "../transfers/transfer-news.tsx";
import { ToastCard } from "../ui/toast.tsx";
import { Closed } from "./closed.tsx";
import { Locked } from "./locked.tsx";
import { RequestPage } from "./request-page.tsx";
import { SaveSignIn } from "./save-sign-in.tsx";
import { createSave } from "./save.ts";
import { SharedPage } from "./shared-page.tsx";
import { startVisitorServices, type VisitorServices } from "./visitor-services.ts";
import { VisitorTop } from "./visitor-top.tsx";
import "../styles/visitor.css";

interface VisitorAppProps {
  shareToken: string;
  device: Keep;
}

/** What somebody sees who follows a link. */
export function VisitorApp({ shareToken, device }: VisitorAppProps) {
  const [services] = useState(() => startVisitorServices(shareToken, device));
  const { toasts, transfers } = services;
  return (
    <>
      <div className="visitor">
        <VisitorTop />
        <Shown services={services} />
      </div>
      <Dock services={services} canUnfold />
      <TransferNews transfers={transfers} />
      <ToastCard toasts={toasts} />
    </>
  );
}

function Shown({ services }: { services: VisitorServices }) {
  const { visit } = services;
  const state = useStore(visit);
  const [save] = useState(() => createSave(services));
  const { kind } = useStore(save);
  const name = state.kind === "open" ? nameOf(state.link) : null;
  useEffect(() => {
    document.title = name === null ? "Sampan" : `${name} – Sampan`;
  }, [name]);
  switch (state.kind) {
    case "asking":
      return null;
    case "locked":
      return <Locked visit={visit} />;
    case "closed":
      return <Closed visit={visit} failure={state.failure} />;
    case "open":
      if (state.link.kind === "request")
        return <RequestPage services={services} link={state.link} />;
      return (
        <>
          {kind === "signing-in" && <SaveSignIn client={services.client} save={save} />}
          <div className="visitor-page" hidden={kind === "signing-in"}>
            <SharedPage services={services} link={state.link} save={save} />
          </div>
        </>
      );
  }
}

function nameOf(
  link: Extract<ReturnType<VisitorServices["visit"]["get"]>, { kind: "open" }>["link"],
) {
  return link.kind === "link" ? link.node.name : link.folderName;
}
