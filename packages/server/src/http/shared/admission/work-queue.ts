/**
 * So many pieces of work at once, of each user and in all; the rest wait in order, and their requests' bodies stay unread, which is the
 * back-pressure. More than can reasonably wait are refused.
 */
export interface QueueLimits {
  readonly perUser: number;
  readonly total: number;
  /** Of one user. */
  readonly waiting: number;
}

export interface WorkQueue {
  /** Undefined: too many of this user wait already. Call the function it gives when the work is over. */
  enter(user: string): Promise<() => void> | undefined;
  readonly running: number;
  readonly waiting: number;
}

interface User {
  running: number;
  readonly waiting: (() => void)[];
}

export function createWorkQueue({ perUser, total, waiting }: QueueLimits): WorkQueue {
  const users = new Map<string, User>();
  let running = 0;
  let waitingInAll = 0;

  const start = (name: string, user: User): (() => void) => {
    running++;
    user.running++;
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      running--;
      user.running--;
      if (user.running === 0 && user.waiting.length === 0) users.delete(name);
      startNext();
    };
  };
  /** Users take turns: who was served goes to the end of the line. */
  const startNext = (): void => {
    for (const [name, user] of users) {
      if (running >= total) return;
      if (user.waiting.length === 0 || user.running >= perUser) continue;
      users.delete(name);
      users.set(name, user);
      waitingInAll--;
      user.waiting.shift()!();
      return;
    }
  };

  return {
    get running() {
      return running;
    },
    get waiting() {
      return waitingInAll;
    },
    enter(name) {
      const user = users.get(name) ?? { running: 0, waiting: [] };
      users.set(name, user);
      if (running < total && user.running < perUser) return Promise.resolve(start(name, user));
      if (user.waiting.length >= waiting) {
        if (user.running === 0 && user.waiting.length === 0) users.delete(name);
        return undefined;
      }
      waitingInAll++;
      return new Promise((resolve) => {
        user.waiting.push(() => resolve(start(name, user)));
      });
    },
  };
}
