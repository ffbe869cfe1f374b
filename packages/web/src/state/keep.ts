/**
 * The browser's storage, which a person may have switched off or filled: what cannot be kept is
 * forgotten with the page, and nothing else breaks.
 */
export interface Keep {
  read(key: string): string | null;
  write(key: string, value: string | null): void;
}

export function createKeep(open: () => Storage): Keep {
  return {
    read(key) {
      return attempt(() => open().getItem(key));
    },
    write(key, value) {
      attempt(() => {
        if (value === null) open().removeItem(key);
        else open().setItem(key, value);
        return null;
      });
    },
  };
}

/** `SecurityError` and `QuotaExceededError` are both DOMExceptions. */
function attempt(access: () => string | null): string | null {
  try {
    return access();
  } catch (error) {
    if (error instanceof DOMException) return null;
    throw error;
  }
}
