import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { startServices } from "./services.ts";
import { createKeep } from "./state/keep.ts";
import { TextProvider } from "./text/text.tsx";
import { lazyPart } from "./ui/lazy-part.tsx";
import { parseVisitedLink } from "./visitor/visited-link.ts";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/sign-in.css";
import "./styles/top.css";
import "./styles/files.css";
import "./styles/dock.css";

/** Whoever follows a link may never see the rest. */
const VisitorApp = lazyPart(async () => (await import("./visitor/visitor-app.tsx")).VisitorApp);

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");
const device = createKeep(() => localStorage);
const shareToken = parseVisitedLink(location);
createRoot(root).render(
  <StrictMode>
    <TextProvider keep={device}>
      {shareToken === null ? (
        <App services={startServices(device)} />
      ) : (
        <VisitorApp shareToken={shareToken} device={device} />
      )}
    </TextProvider>
  </StrictMode>,
);
