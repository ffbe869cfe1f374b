import { setTimeout as delay } from "node:timers/promises";

const patienceMs = 20_000;

/** Asks again until the answer is as wanted. A test that waits in vain says what it saw last. */
export async function until<T>(
  ask: () => Promise<T> | T,
  isWanted: (answer: T) => boolean,
): Promise<T> {
  const giveUpAt = Date.now() + patienceMs;
  for (;;) {
    const answer = await ask();
    if (isWanted(answer)) return answer;
    if (Date.now() > giveUpAt) throw new Error(`waited in vain; last: ${JSON.stringify(answer)}`);
    await delay(20);
  }
}
