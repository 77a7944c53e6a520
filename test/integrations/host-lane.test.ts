import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { type HostLane, hostLane, type InTurn, type LaneBounds } from '../../integrations/host-lane.js';
import { type StoreFailureCode, StoreReadingFailed } from '../../integrations/store-platform.js';
import type { StoreReply } from '../../integrations/store-reply.js';

const bounds: LaneBounds = { maxAtOnce: 2, maxWaiting: 1, failuresInARow: 3, pausesMs: [80, 60_000], longestWaitMs: 0 };
const laneWith = (changes: Partial<LaneBounds> = {}) => hostLane('shop.example', { ...bounds, ...changes });
const atOnce: InTurn = (exchange) => exchange();

const reply = (status: number, headers: Record<string, string> = { 'content-type': 'application/json' }): StoreReply => ({
  status,
  headers,
  body: '{}',
});
const failing = (code: StoreFailureCode) => async (): Promise<StoreReply> => {
  throw new StoreReadingFailed(code, 'shop.example: failed');
};
const answering = (answer: StoreReply) => async () => answer;

/** What came of an exchange: the status of a reply, or the code of a failure. */
const outcome = (lane: HostLane, exchange: () => Promise<StoreReply>): Promise<number | StoreFailureCode> =>
  lane.run(exchange, atOnce).then(
    ({ status }) => status,
    (error: unknown) => (error instanceof StoreReadingFailed ? error.code : Promise.reject(error)),
  );

async function failedOpen(changes: Partial<LaneBounds> = {}): Promise<HostLane> {
  const lane = laneWith(changes);
  for (let failure = 0; failure < bounds.failuresInARow; failure += 1) await outcome(lane, failing('TIMED_OUT'));
  return lane;
}

test('so many exchanges are under way with a host, so many wait for them, one more is refused; an end makes room', async () => {
  const lane = laneWith();
  const ends: (() => void)[] = [];
  const begun: number[] = [];
  const asked = [1, 2, 3].map((number) =>
    outcome(lane, () => {
      begun.push(number);
      return new Promise((resolve) => ends.push(() => resolve(reply(200))));
    }),
  );
  expect(await outcome(lane, answering(reply(200)))).toBe('BUSY');
  expect([begun, lane.isEmpty()]).toEqual([[1, 2], false]);
  ends[0]?.();
  await asked[0];
  await sleep(1);
  expect(begun).toEqual([1, 2, 3]);
  for (const end of ends) end();
  expect(await Promise.all(asked)).toEqual([200, 200, 200]);
  expect(lane.isEmpty()).toBe(true);
});

describe('a host that fails', () => {
  test.each([
    ['UNREACHABLE', 'OPEN', 'nothing answers', failing('UNREACHABLE')],
    ['TIMED_OUT', 'OPEN', 'it hangs', failing('TIMED_OUT')],
    ['500 in HTML', 'OPEN', 'what stands before the shop answers', answering(reply(500, { 'content-type': 'text/html' }))],
    ['503 without a type', 'OPEN', 'maintenance', answering(reply(503, {}))],
    ['500 in JSON', 'CLOSED', 'the platform explains what was wrong with the question', answering(reply(500))],
    ['404', 'CLOSED', 'a wrong path is the asker’s mistake', answering(reply(404, {}))],
    ['429', 'CLOSED', 'it works, and says when to come back', answering(reply(429, {}))],
    ['TOO_LARGE', 'CLOSED', 'it answers, if too much', failing('TOO_LARGE')],
    ['CERTIFICATE_REFUSED', 'CLOSED', 'nothing passes by itself there, and nothing was sent', failing('CERTIFICATE_REFUSED')],
    ['ADDRESS_REFUSED', 'CLOSED', 'no host was met', failing('ADDRESS_REFUSED')],
  ] as const)('with %s three times is %s: %s', async (_kind, state, _because, exchange) => {
    const lane = laneWith({ pausesMs: [60_000] });
    for (let time = 1; time <= 3; time += 1) {
      expect(lane.circuit()).toEqual({ state: 'CLOSED', reopensAt: null });
      await outcome(lane, exchange);
    }
    expect(lane.circuit().state).toBe(state);
    expect(await outcome(lane, answering(reply(200)))).toBe(state === 'OPEN' ? 'CIRCUIT_OPEN' : 200);
  });

  test('now and then is asked on: only failures in a row count', async () => {
    const lane = laneWith();
    for (let time = 1; time <= 9; time += 1) {
      await outcome(lane, time % 3 === 0 ? answering(reply(200)) : failing('TIMED_OUT'));
      expect(lane.circuit().state).toBe('CLOSED');
    }
  });

  test('is left alone for the pause, and it is said for how long', async () => {
    const lane = await failedOpen({ pausesMs: [60_000] });
    let wasAsked = false;
    const failure = await lane
      .run(async () => {
        wasAsked = true;
        return reply(200);
      }, atOnce)
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'CIRCUIT_OPEN', details: { host: 'shop.example', retryAfterSeconds: 60 } });
    expect(String(failure)).toContain('shop.example: not asked, as it failed time after time; the next try is in 60 s');
    expect(wasAsked).toBe(false);
    const left = Date.parse(lane.circuit().reopensAt ?? '') - Date.now();
    expect(left).toBeGreaterThan(50_000);
    expect(left).toBeLessThanOrEqual(60_000);
  });

  test('is tried by one exchange after the pause; another failure makes the pause longer', async () => {
    const lane = await failedOpen();
    await sleep(90);
    expect(lane.circuit()).toEqual({ state: 'HALF_OPEN', reopensAt: null });
    const trial = outcome(lane, async () => {
      await sleep(20);
      return failing('TIMED_OUT')();
    });
    await sleep(1);
    expect(await outcome(lane, answering(reply(200)))).toBe('CIRCUIT_OPEN');
    expect(await trial).toBe('TIMED_OUT');
    expect(Date.parse(lane.circuit().reopensAt ?? '') - Date.now()).toBeGreaterThan(50_000);
  });

  test('and answers the trial is asked as before, and may fail as often as before', async () => {
    const lane = await failedOpen();
    await sleep(90);
    expect(await outcome(lane, answering(reply(200)))).toBe(200);
    expect(lane.circuit()).toEqual({ state: 'CLOSED', reopensAt: null });
    await outcome(lane, failing('TIMED_OUT'));
    await outcome(lane, failing('TIMED_OUT'));
    expect(lane.circuit().state).toBe('CLOSED');
  });

  test('is asked again once somebody knows better since, and left alone again after one failure more', async () => {
    const began = Temporal.Now.instant().subtract({ seconds: 1 });
    const lane = await failedOpen({ pausesMs: [60_000] });
    lane.forgetPauses(began);
    expect(await outcome(lane, answering(reply(200)))).toBe('CIRCUIT_OPEN');
    lane.forgetPauses(Temporal.Now.instant());
    expect(lane.circuit()).toEqual({ state: 'CLOSED', reopensAt: null });
    expect(await outcome(lane, failing('TIMED_OUT'))).toBe('TIMED_OUT');
    expect(await outcome(lane, answering(reply(200)))).toBe('CIRCUIT_OPEN');
  });

  test('what waited for it meanwhile is not sent either', async () => {
    const lane = laneWith({ maxAtOnce: 1, failuresInARow: 1, pausesMs: [60_000] });
    const first = outcome(lane, failing('TIMED_OUT'));
    const second = outcome(lane, answering(reply(200)));
    expect(await Promise.all([first, second])).toEqual(['TIMED_OUT', 'CIRCUIT_OPEN']);
  });
});

describe('a host that asks for a pause', () => {
  const DAY = 24 * 60 * 60;

  test.each([
    [reply(429, { 'retry-after': '120' }), 120, 'too many requests'],
    [reply(503, { 'retry-after': '120' }), 120, 'maintenance'],
    [
      reply(429, { 'retry-after': 'Sun, 22 Nov 2026 10:02:00 GMT', date: 'Sun, 22 Nov 2026 10:00:00 GMT' }),
      120,
      'a date by the host’s own clock',
    ],
    [reply(429, { 'retry-after': '999999999' }), DAY, 'thirty years are a slip of the pen'],
    [reply(429, {}), null, 'it names none'],
    [reply(429, { 'retry-after': '0' }), null, 'it is over at once'],
    [reply(200, { 'retry-after': '120' }), null, 'who answers is not overloaded'],
  ])('%j gets %j seconds, from whoever comes: %s', async (answer, seconds, _because) => {
    const lane = laneWith();
    expect(await outcome(lane, answering(answer))).toBe(answer.status);
    const next = await lane.run(answering(reply(200)), atOnce).catch((error: unknown) => error);
    if (seconds === null) expect(next).toMatchObject({ status: 200 });
    else expect(next).toMatchObject({ code: 'CIRCUIT_OPEN', details: { retryAfterSeconds: seconds } });
    expect(lane.circuit().state).toBe(seconds === null ? 'CLOSED' : 'OPEN');
  });

  test('of a length that can be sat out is waited for, by all who come', async () => {
    const lane = laneWith({ longestWaitMs: 5_000 });
    await outcome(lane, answering(reply(503, { 'retry-after': '1' })));
    const told = Date.now();
    const after: number[] = [];
    const come = () =>
      outcome(lane, async () => {
        after.push(Date.now() - told);
        return reply(200);
      });
    expect(await Promise.all([come(), come()])).toEqual([200, 200]);
    for (const waited of after) expect(waited).toBeGreaterThanOrEqual(990);
  });

  test('is kept unless somebody knows better since', async () => {
    const lane = laneWith();
    const began = Temporal.Now.instant().subtract({ seconds: 1 });
    await outcome(lane, answering(reply(429, { 'retry-after': '3600' })));
    lane.forgetPauses(began);
    expect(await outcome(lane, answering(reply(200)))).toBe('CIRCUIT_OPEN');
    lane.forgetPauses(Temporal.Now.instant());
    expect(await outcome(lane, answering(reply(200)))).toBe(200);
  });

  test('a shorter one does not cut a longer one short', async () => {
    const lane = laneWith({ failuresInARow: 9 });
    const slow = outcome(lane, async () => {
      await sleep(20);
      return reply(503, { 'retry-after': '1' });
    });
    await outcome(lane, answering(reply(429, { 'retry-after': '600' })));
    await slow;
    expect(await lane.run(answering(reply(200)), atOnce).catch((error: unknown) => error)).toMatchObject({
      details: { retryAfterSeconds: 600 },
    });
  });
});
