import type { User } from "@sampan/sdk";
import { PlaceLink } from "../places/place-link.tsx";
import { rootPlace } from "../places/place.ts";
import type { Services } from "../services.ts";
import { useText } from "../text/text.tsx";
import { IconButton } from "../ui/icon-button.tsx";
import { Icon } from "../ui/icon.tsx";
import { LanguageSwitch } from "../ui/language-switch.tsx";
import { Logo } from "../ui/logo.tsx";
import { SearchField } from "./search-field.tsx";

interface TopProps {
  services: Services;
  user: User;
  onUpload: () => void;
  onUploadFolder: () => void;
}

export function Top({ services, user, onUpload, onUploadFolder }: TopProps) {
  const { t } = useText();
  const { navigation } = services;
  return (
    <header className="top">
      <PlaceLink className="brand" place={rootPlace} navigation={navigation}>
        <Logo />
        <span>Sampan</span>
      </PlaceLink>
      <SearchField navigation={navigation} />
      {user.role !== "guest" && (
        <div className="top-upload">
          <button type="button" className="button primary" onClick={onUpload}>
            <Icon name="upload" />
            {t.top.upload}
          </button>
          <IconButton icon="folderUp" label={t.top.uploadFolder} onClick={onUploadFolder} />
        </div>
      )}
      <div className="top-rest">
        <LanguageSwitch />
        <PlaceLink
          className="icon-button"
          place={{ kind: "account" }}
          navigation={navigation}
          aria-label={t.top.account(user.name)}
          title={t.top.account(user.name)}
        >
          <Icon name="person" />
        </PlaceLink>
        <IconButton icon="signOut" label={t.top.signOut} onClick={() => void services.signOut()} />
      </div>
    </header>
  );
}
