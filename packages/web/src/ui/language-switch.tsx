import { isLanguage, languageNames } from "../text/language.ts";
import { useText } from "../text/text.tsx";

export function LanguageSwitch() {
  const { t, language, setLanguage } = useText();
  return (
    <select
      className="select quiet"
      aria-label={t.language}
      value={language}
      onChange={({ target }) => {
        if (isLanguage(target.value)) setLanguage(target.value);
      }}
    >
      {Object.entries(languageNames).map(([tag, name]) => (
        <option key={tag} value={tag} lang={tag}>
          {name}
        </option>
      ))}
    </select>
  );
}
