import { useText } from "../text/text.tsx";

export function LanguageSwitch() {
  const { t, otherLanguage, switchLanguage } = useText();
  return (
    <button
      type="button"
      className="button quiet"
      lang={otherLanguage}
      aria-label={t.switchLanguage}
      onClick={switchLanguage}
    >
      {t.otherLanguage}
    </button>
  );
}
