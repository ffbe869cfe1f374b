import { expect, it } from "vitest";
import { describeAgent } from "./describe-agent.ts";

it("names the browser and the system of a session", () => {
  const chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36";
  expect(describeAgent(chrome)).toBe("Chrome · Linux");
  expect(describeAgent(`${chrome} Edg/140.0`)).toBe("Edge · Linux");
  const phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1";
  expect(describeAgent(phone)).toBe("Safari · iOS");
  expect(describeAgent("curl/8.0")).toBeNull();
  expect(describeAgent(null)).toBeNull();
});
