import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { startServices } from "./services.ts";
import { TextProvider } from "./text/text.tsx";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/sign-in.css";
import "./styles/top.css";
import "./styles/files.css";
import "./styles/dock.css";

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");
const services = startServices();
createRoot(root).render(
  <StrictMode>
    <TextProvider keep={services.device}>
      <App services={services} />
    </TextProvider>
  </StrictMode>,
);
