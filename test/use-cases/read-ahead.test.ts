import { expect, test } from '@jest/globals';
import { readAhead } from '../../src/use-cases/read-ahead.js';

/** Pages that are given when the test says so; what was asked for is counted. */
function slowPages() {
  const asked: PromiseWithResolvers<string>[] = [];
  async function* pages() {
    for (;;) {
      const page = Promise.withResolvers<string>();
      asked.push(page);
      yield await page.promise;
    }
  }
  return { asked, pages: pages() };
}

const soon = () => new Promise((resolve) => setImmediate(resolve));

test('asks for the next page while the present one is used, and for no more than one', async () => {
  const { asked, pages } = slowPages();
  const ahead = readAhead(pages);
  const first = ahead.next();
  asked[0]?.resolve('a');
  expect(await first).toEqual({ done: false, value: 'a' });
  await soon();
  expect(asked).toHaveLength(2);
  asked[1]?.resolve('b');
  await soon();
  expect(asked).toHaveLength(2);
  expect(await ahead.next()).toEqual({ done: false, value: 'b' });
});

test('tells of a failure when its page is due, and not before the pages in front of it are used', async () => {
  async function* pages() {
    yield 'a';
    throw new Error('The shop answered 503.');
  }
  const used: string[] = [];
  const read = async () => {
    for await (const page of readAhead(pages())) {
      await soon();
      used.push(page);
    }
  };
  await expect(read()).rejects.toThrow('503');
  expect(used).toEqual(['a']);
});

test('whoever stops early does not wait for the page that is on its way, nor hears of its failure', async () => {
  const { asked, pages } = slowPages();
  const ahead = readAhead(pages);
  const first = ahead.next();
  asked[0]?.resolve('a');
  await first;
  await soon();
  expect(await ahead.return(undefined)).toEqual({ done: true, value: undefined });
  asked[1]?.reject(new Error('nobody listens'));
  await soon();
});

test('tells of every page that is waited for, the end among them', async () => {
  async function* pages() {
    yield* ['a', 'b'];
  }
  const waits: Promise<unknown>[] = [];
  const used = [];
  for await (const page of readAhead(pages(), (page) => waits.push(page))) used.push(page);
  expect(used).toEqual(['a', 'b']);
  expect(await Promise.all(waits)).toEqual([
    { done: false, value: 'a' },
    { done: false, value: 'b' },
    { done: true, value: undefined },
  ]);
});
