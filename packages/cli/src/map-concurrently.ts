/**
 * Runs `task` over the items, at most `limit` at once; results keep the order. The first failure
 * starts nothing new and is thrown once everything under way has ended.
 */
export async function mapConcurrently<Item, Result>(
  items: readonly Item[],
  options: { limit: number; task: (item: Item) => Promise<Result> },
): Promise<Result[]> {
  const results: Result[] = [];
  const failures: unknown[] = [];
  let next = 0;
  async function work(): Promise<void> {
    while (next < items.length && failures.length === 0) {
      const index = next;
      next += 1;
      try {
        results[index] = await options.task(items[index] as Item);
      } catch (error) {
        failures.push(error);
      }
    }
  }
  const workers = Math.min(options.limit, items.length);
  await Promise.all(Array.from({ length: workers }, work));
  if (failures.length > 0) throw failures[0];
  return results;
}
