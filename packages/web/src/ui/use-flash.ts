import { useCallback, useEffect, useState } from "react";

const SHOWN_MS = 2_500;

/** True for a moment after it was noted. */
export function useFlash(): readonly [boolean, () => void] {
  const [isOn, setIsOn] = useState(false);
  useEffect(() => {
    if (!isOn) return;
    const timer = setTimeout(() => setIsOn(false), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [isOn]);
  return [isOn, useCallback(() => setIsOn(true), [])];
}
