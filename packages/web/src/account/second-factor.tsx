import { useState } from "react";
import type { Me, TotpSecret } from "@sampan/sdk";
import type { Services } from "../services.ts";
import { useWords } from "../text/words.ts";
import { Panel } from "../ui/panel.tsx";
import { PasswordConfirm } from "./password-confirm.tsx";
import { RecoveryCodes } from "./recovery-codes.tsx";
import { TotpScan } from "./totp-scan.tsx";
import { accountWords } from "./words.ts";

interface SecondFactorProps {
  services: Services;
  me: Me;
  onChanged: () => void;
}

/**
 *   idle → confirming      something was chosen that needs the password
 *   confirming → scanning  a key is proposed; it is in force once a code proves that an app has it
 *   confirming → codes     new recovery codes
 *   scanning → codes       it is on
 */
type Step =
  | { readonly kind: "idle" }
  | { readonly kind: "confirming"; readonly what: "begin" | "renew" | "disable" }
  | { readonly kind: "scanning"; readonly secret: TotpSecret }
  | { readonly kind: "codes"; readonly codes: readonly string[] };

const idle: Step = { kind: "idle" };

export function SecondFactor({ services, me, onChanged }: SecondFactorProps) {
  const words = useWords(accountWords);
  const { client, toasts } = services;
  const [step, setStep] = useState<Step>(idle);

  async function confirm(
    what: Extract<Step, { kind: "confirming" }>["what"],
    password: string | undefined,
  ): Promise<void> {
    switch (what) {
      case "begin":
        setStep({ kind: "scanning", secret: await client.beginTotp({ password }) });
        return;
      case "renew":
        setStep({ kind: "codes", codes: await client.replaceRecoveryCodes({ password }) });
        onChanged();
        return;
      case "disable":
        await client.disableTotp({ password });
        setStep(idle);
        toasts.show(({ language }) => accountWords[language].totpIsOff);
        onChanged();
    }
  }
  return (
    <Panel title={words.totp}>
      {step.kind === "codes" ? (
        <RecoveryCodes codes={step.codes} name={me.name} onDone={() => setStep(idle)} />
      ) : step.kind === "scanning" ? (
        <TotpScan
          secret={step.secret}
          onCode={async (code) => {
            setStep({ kind: "codes", codes: await client.confirmTotp({ code }) });
            toasts.show(({ language }) => accountWords[language].totpIsOn);
            onChanged();
          }}
          onCancel={() => setStep(idle)}
        />
      ) : (
        <>
          <p>{me.hasTotp ? words.totpOn : words.totpOff}</p>
          {me.hasTotp && (
            <p className="settings-lead">{words.recoveryLeft(me.recoveryCodesLeft)}</p>
          )}
          {step.kind === "confirming" ? (
            <PasswordConfirm
              key={step.what}
              label={labelOf(step.what, words)}
              hasPassword={me.hasPassword}
              isDanger={step.what === "disable"}
              onConfirm={(password) => confirm(step.what, password)}
              onCancel={() => setStep(idle)}
            />
          ) : (
            <div className="button-row">
              {(me.hasTotp ? (["renew", "disable"] as const) : (["begin"] as const)).map((what) => (
                <button
                  key={what}
                  type="button"
                  className="button"
                  onClick={() => setStep({ kind: "confirming", what })}
                >
                  {labelOf(what, words)}
                </button>
              ))}
            </div>
          )}
        </>
      )}
    </Panel>
  );
}

function labelOf(
  what: "begin" | "renew" | "disable",
  words: { totpBegin: string; recoveryNew: string; totpDisable: string },
): string {
  return { begin: words.totpBegin, renew: words.recoveryNew, disable: words.totpDisable }[what];
}
