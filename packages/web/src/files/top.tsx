import type { Services } from "../services.ts";
import { useText } from "../text/text.tsx";
import { IconButton } from "../ui/icon-button.tsx";
import { Icon } from "../ui/icon.tsx";
import { LanguageSwitch } from "../ui/language-switch.tsx";
import { Logo } from "../ui/logo.tsx";
import { SearchField } from "./search-field.tsx";

export function Top({ services, onUpload }: { services: Services; onUpload: () => void }) {
  const { t } = useText();
  return (
    <header className="top">
      <div className="brand">
        <Logo />
        <span>Sampan</span>
      </div>
      <SearchField files={services.files} />
      <button type="button" className="button primary top-upload" onClick={onUpload}>
        <Icon name="upload" />
        {t.top.upload}
      </button>
      <div className="top-rest">
        <LanguageSwitch />
        <IconButton
          icon="signOut"
          label={t.top.signOut}
          onClick={() => services.session.signOut()}
        />
      </div>
    </header>
  );
}
