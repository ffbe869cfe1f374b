import type { User } from "@sampan/sdk";
import type { Services } from "../services.ts";
import { useText } from "../text/text.tsx";
import { NoticeList } from "../ui/notice-list.tsx";
import { PasswordForm } from "./password-form.tsx";
import { SessionList } from "./session-list.tsx";

export function Account({ services, user }: { services: Services; user: User }) {
  const { t } = useText();
  return (
    <main className="drive-main account">
      <div className="drive-head">
        <h1 className="title">{t.account.title}</h1>
      </div>
      <div className="account-scroll">
        <NoticeList notices={services.notices} />
        <p className="account-who">{t.account.signedInAs(user.name)}</p>
        <PasswordForm services={services} user={user} />
        <SessionList services={services} />
      </div>
    </main>
  );
}
