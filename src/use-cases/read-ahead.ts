/**
 * The same pages, the next one asked for while the present one is used: two are in memory at most. A failure comes when its page is due, so that what came before
 * it is used first. Whoever stops early does not wait for the page that is on its way. `onWait` is told of every page that is waited for.
 */
export async function* readAhead<Page>(pages: AsyncIterable<Page>, onWait?: (page: Promise<unknown>) => void): AsyncGenerator<Page> {
  const iterator = pages[Symbol.asyncIterator]();
  const ask = () => {
    const answer = iterator.next();
    // Until it is due, nobody listens: a failure is not lost, only later.
    answer.catch(() => {});
    return answer;
  };
  let next = ask();
  try {
    for (;;) {
      onWait?.(next);
      const { done, value } = await next;
      if (done === true) return;
      next = ask();
      yield value;
    }
  } finally {
    iterator.return?.().catch(() => {});
  }
}
