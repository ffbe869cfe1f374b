import { describe, expect, it } from "vitest";
import { createLinkFlights } from "./flights.ts";

async function* endless(ended: () => void): AsyncGenerator<Uint8Array> {
  try {
    for (;;) yield new Uint8Array(1);
  } finally {
    ended();
  }
}

describe("downloads of a link", () => {
  it("end at their next piece when it is cut, and close their source; those of another go on", async () => {
    const flights = createLinkFlights();
    let closed = 0;
    const [cut, other] = ["a", "b"].map((id) =>
      flights.guard(
        id,
        endless(() => closed++),
      ),
    );
    await cut!.next();
    await other!.next();
    flights.cut("a");
    await expect(cut!.next()).rejects.toThrow("revoked");
    expect(closed).toBe(1);
    expect((await other!.next()).done).toBe(false);
    await other!.return(undefined);
    expect(closed).toBe(2);
  });
});
