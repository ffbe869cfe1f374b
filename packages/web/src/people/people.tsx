import { useState } from "react";
import type { User } from "@sampan/sdk";
import type { Services } from "../services.ts";
import { useWords } from "../text/words.ts";
import { Icon } from "../ui/icon.tsx";
import { NoticeList } from "../ui/notice-list.tsx";
import { useAsked } from "../ui/use-asked.ts";
import { InvitationList } from "./invitation-list.tsx";
import { InviteForm } from "./invite-form.tsx";
import { UserLine } from "./user-line.tsx";
import { usePeople } from "./use-people.ts";
import { peopleWords } from "./words.ts";
import "../styles/settings.css";

/** Who has an account here, for those who run the server. */
export function People({ services, user }: { services: Services; user: User }) {
  const words = useWords(peopleWords);
  const mayManage = user.role === "owner" || user.role === "admin";
  return (
    <main className="drive-main">
      <div className="drive-head">
        <h1 className="title">{words.title}</h1>
      </div>
      <div className="settings settings-wide">
        {mayManage ? (
          <Manage services={services} user={user} />
        ) : (
          <p className="no-match">{words.notAllowed}</p>
        )}
      </div>
    </main>
  );
}

function Manage({ services, user }: { services: Services; user: User }) {
  const words = useWords(peopleWords);
  const { client, notices } = services;
  const people = usePeople(services);
  const invitations = useAsked((options) => client.listInvitations(options), { notices });
  const [isInviting, setIsInviting] = useState(false);
  return (
    <>
      <NoticeList notices={notices} />
      {isInviting ? (
        <InviteForm
          by={user}
          onInvite={async (input) => {
            const offer = await client.invite(input);
            void invitations.refresh();
            return offer;
          }}
          onClose={() => setIsInviting(false)}
        />
      ) : (
        <button type="button" className="button primary start" onClick={() => setIsInviting(true)}>
          <Icon name="plus" />
          {words.invite}
        </button>
      )}
      <InvitationList
        invitations={invitations.answer ?? []}
        onWithdraw={(id) => void invitations.change(() => client.revokeInvitation(id))}
      />
      <ul className="people">
        {people.users.map((person) => (
          <UserLine
            key={person.id}
            services={services}
            person={person}
            by={user}
            onChanged={people.note}
          />
        ))}
      </ul>
      {people.hasMore && (
        <button type="button" className="button start" onClick={people.loadMore}>
          {words.more}
        </button>
      )}
    </>
  );
}
