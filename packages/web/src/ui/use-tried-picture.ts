import { useEffect, useState } from "react";

/** The server makes a picture's when it is first asked for. */
const RETRY_MS = 2_500;
const MAX_TRIES = 4;

/** A picture that may not be there yet: it is asked for again a few times. */
export function useTriedPicture() {
  const [tries, setTries] = useState(0);
  const [isWaiting, setIsWaiting] = useState(false);
  useEffect(() => {
    if (!isWaiting) return;
    const timer = setTimeout(() => {
      setIsWaiting(false);
      setTries((count) => count + 1);
    }, RETRY_MS);
    return () => clearTimeout(timer);
  }, [isWaiting]);
  return { isWaiting, hasGivenUp: tries >= MAX_TRIES, onError: () => setIsWaiting(true) };
}
