import type { AuthOptions } from "@sampan/sdk";
import type { Services } from "../services.ts";
import { useText } from "../text/text.tsx";
import { useWords } from "../text/words.ts";
import { Panel } from "../ui/panel.tsx";
import { useAsked } from "../ui/use-asked.ts";
import { accountWords } from "./words.ts";

interface IdentityListProps {
  services: Services;
  providers: AuthOptions["providers"];
}

/** Accounts elsewhere that let in here. Nothing where there are none to link. */
export function IdentityList({ services, providers }: IdentityListProps) {
  const { format } = useText();
  const words = useWords(accountWords);
  const { client, notices, toasts } = services;
  const { answer, change } = useAsked((options) => client.listIdentities(options), { notices });
  const identities = answer ?? [];
  if (providers.length + identities.length === 0) return null;
  const labelOf = (provider: string): string =>
    providers.find(({ id }) => id === provider)?.label ?? provider;

  async function unlink(id: string, label: string): Promise<void> {
    const isDone = await change(() => client.unlinkIdentity(id));
    if (isDone) toasts.show(({ language }) => accountWords[language].identityUnlinked(label));
  }
  return (
    <Panel title={words.identities}>
      <p>{words.identitiesLead}</p>
      {identities.length > 0 && (
        <ul className="lines">
          {identities.map(({ id, provider, name, email, createdAt }) => (
            <li key={id} className="line">
              <span className="line-what">
                <strong>{labelOf(provider)}</strong>
                <small>
                  {[name ?? email, words.identitySince(format.date(createdAt))]
                    .filter((fact) => fact !== null)
                    .join(" · ")}
                </small>
              </span>
              <button
                type="button"
                className="button small"
                aria-label={words.identityUnlinkOne(labelOf(provider))}
                onClick={() => void unlink(id, labelOf(provider))}
              >
                {words.identityUnlink}
              </button>
            </li>
          ))}
        </ul>
      )}
      <div className="button-row">
        {providers.map(({ id, label }) => (
          <button
            key={id}
            type="button"
            className="button"
            onClick={() =>
              void change(async () => {
                location.assign(await client.linkIdentity(id, { returnTo: "/account" }));
              })
            }
          >
            {words.identityLink(label)}
          </button>
        ))}
      </div>
    </Panel>
  );
}
