import { useCallback, useEffect, useState } from "react";
import type { AuthOptions, Me, User } from "@sampan/sdk";
import type { Services } from "../services.ts";
import { useText } from "../text/text.tsx";
import { useWords } from "../text/words.ts";
import { NoticeList } from "../ui/notice-list.tsx";
import { IdentityList } from "./identity-list.tsx";
import { PasswordForm } from "./password-form.tsx";
import { SecondFactor } from "./second-factor.tsx";
import { SessionList } from "./session-list.tsx";
import { TokenList } from "./token-list.tsx";
import { accountWords } from "./words.ts";
import "../styles/settings.css";

export function Account({ services, user }: { services: Services; user: User }) {
  const words = useWords(accountWords);
  const { format } = useText();
  const { me, options, refresh } = useOwnAccount(services);
  return (
    <main className="drive-main">
      <div className="drive-head">
        <h1 className="title">{words.title}</h1>
      </div>
      <div className="settings">
        <NoticeList notices={services.notices} />
        <p className="settings-lead">{words.signedInAs(user.name, format.date(user.createdAt))}</p>
        {me !== null && (
          <>
            <PasswordForm services={services} user={me} onChanged={refresh} />
            <SecondFactor services={services} me={me} onChanged={refresh} />
          </>
        )}
        <SessionList services={services} />
        {options !== null && <IdentityList services={services} providers={options.providers} />}
        {me !== null && <TokenList services={services} scopes={me.scopes} />}
      </div>
    </main>
  );
}

/** As the server has it now: another device may have changed it. */
function useOwnAccount({ client }: Services) {
  const [me, setMe] = useState<Me | null>(null);
  const [options, setOptions] = useState<AuthOptions | null>(null);
  // Without an answer the page shows less; what is done on it says why.
  const refresh = useCallback((): void => {
    client.getMe().then(setMe, () => undefined);
  }, [client]);
  useEffect(() => {
    refresh();
    client.getAuthOptions().then(setOptions, () => undefined);
  }, [client, refresh]);
  return { me, options, refresh };
}
