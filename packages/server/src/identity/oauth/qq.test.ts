import { describe, expect, it } from "vitest";
import { parseQqAnswer } from "./qq.ts";

describe("an answer of QQ", () => {
  it.each<[string, Record<string, string>]>([
    ['callback( {"client_id":"101","openid":"ABC"} );', { client_id: "101", openid: "ABC" }],
    ['callback({"client_id":"1","openid":"X"})', { client_id: "1", openid: "X" }],
    [
      '  jQuery.cb1 ( {"error":100016,"error_description":"a \\") ; b"} ) ; \n',
      { error: "100016", error_description: 'a ") ; b' },
    ],
    ['{"openid":"X","nickname":"三板 )"}', { openid: "X", nickname: "三板 )" }],
    [
      "access_token=FE04&expires_in=7776000&refresh_token=88E4",
      { access_token: "FE04", expires_in: "7776000", refresh_token: "88E4" },
    ],
  ])("is read whatever its form: %s", (text, expected) => {
    expect(parseQqAnswer(text)).toEqual(expected);
  });

  it.each([
    "",
    "callback(",
    "callback( nonsense );",
    "<html>",
    "callback( {} ); alert(1)",
    "{",
    "null",
  ])("is refused when it is none: %j", (text) => {
    expect(() => parseQqAnswer(text)).toThrow();
  });

  it("sets no prototype", () => {
    const answer = parseQqAnswer('callback( {"__proto__":{"openid":"X"},"a":"1"} );');
    expect(answer["openid"]).toBeUndefined();
  });
});
