import { expect, it } from "vitest";
import { chooseLanguage, localeFor } from "./language.ts";

it("speaks the first language of a reader that there is", () => {
  const chosen = (...wanted: string[]) => chooseLanguage(wanted);
  expect(chosen("de-DE", "en-GB")).toBe("en");
  expect(chosen("zh-CN")).toBe("zh-CN");
  expect(chosen("zh")).toBe("zh-CN");
  expect(chosen("zh-Hant-HK", "en")).toBe("zh-TW");
  expect(chosen("zh-TW")).toBe("zh-TW");
  expect(chosen("zh-Hans-HK")).toBe("zh-CN");
  expect(chosen("fr")).toBe("en");
  expect(localeFor("en", ["zh-CN", "en-GB"])).toBe("en-GB");
  expect(localeFor("zh-TW", ["zh-CN"])).toBe("zh-TW");
});
