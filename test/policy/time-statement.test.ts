import { describe, expect, test } from '@jest/globals';
import { moneyFromDecimal, moneyToDecimal } from '../../src/policy/money.js';
import { assign, expire, grant } from '../../src/policy/time-grant.js';
import { hold } from '../../src/policy/time-hold.js';
import { valueOfMinutes } from '../../src/policy/time-lot.js';
import { reverse, settle } from '../../src/policy/time-settlement.js';
import { timeStatement, valuesOfLot } from '../../src/policy/time-statement.js';
import { at, emptyWallet, entryAt, forTask, ledgerOf, lotOf, posted, usedUp, type Wallet } from './time-wallet.js';

const price = moneyFromDecimal('500.00', 'EUR');
const on = (day: string) => at(`2026-03-${day}T12:00:00Z`);

function history(): Wallet {
  const wallet = emptyWallet();
  const charge = (taskId: string, minutes: number, day: string, holdId: string | null = null) => {
    const request = { holdId, projectId: 'p', work: { ticketId: 'T1', taskId }, workedAt: on(day), actualMinutes: minutes } as const;
    return settle(
      ledgerOf(wallet),
      { ...request, chargeableMinutes: minutes, onShortfall: 'REFUSE' },
      entryAt(on(day), { reason: `Task ${taskId}.` }),
    );
  };
  posted(wallet, grant(ledgerOf(wallet), lotOf('L', 600, { price }), entryAt(on('01'), { reason: 'Order 1001.' })));
  posted(wallet, charge('a', 37, '02'));
  posted(wallet, charge('b', 37, '05'));
  posted(wallet, hold(ledgerOf(wallet), forTask('c', 100), entryAt(on('06'), { reason: 'Task c is next.' })));
  posted(wallet, charge('c', 37, '07', 'c'));
  posted(wallet, hold(ledgerOf(wallet), forTask('d', 60), entryAt(on('08'))));
  posted(wallet, reverse(ledgerOf(wallet), { transactionId: 't5', goodwillLotId: 'G' }, entryAt(on('09'), { reason: 'It was a bug.' })));
  return wallet;
}

function stated(wallet: Wallet, from: string, to: string) {
  const answer = timeStatement(wallet.lots, wallet.transactions, { from: on(from), to: on(to) });
  if (answer.outcome === 'FAULTY') throw new Error(answer.faults[0]?.message);
  return answer.statement;
}

describe('B-12, B-14: what parts of a bought lot are worth, taken one after the other', () => {
  test.each([
    ['500.00', 'EUR', 600, [37, 37, 37, 489], ['30.83', '30.84', '30.83', '407.50'], 'rounding is cumulative'],
    ['500.00', 'EUR', 600, [37], ['30.83'], 'the rest is still there'],
    ['100', 'JPY', 3, [1, 1, 1], ['33', '34', '33'], 'the yen has no smaller coin'],
    ['0.01', 'EUR', 3, [1, 1, 1], ['0.00', '0.01', '0.00'], 'a cent goes where its half falls'],
  ])('%s %s for %i minutes as %j is %j, because %s', (amount, currency, minutes, parts, expected) => {
    const lot = lotOf('L', minutes, { price: moneyFromDecimal(amount, currency) });
    const values = valuesOfLot(lot, usedUp(lot, parts).transactions);
    expect(values.map(({ value }) => moneyToDecimal(value))).toEqual(expected);
    expect(values.map((value) => value.minutes)).toEqual(parts);
  });

  test.each([
    [0, 601, 'there are not so many'],
    [600, 1, 'all have left it'],
    [0, -1, 'parts are not negative'],
    [-1, 1, 'nothing less than nothing has left it'],
  ])('after %i, %i more of 600 are a mistake, because %s', (gone, minutes) => {
    expect(() => valueOfMinutes({ minutes: 600, price }, gone, minutes)).toThrow(RangeError);
  });
});

describe('B-14: a statement', () => {
  test('tells every entry with its reason, rule, ticket, task and value, between two balances', () => {
    const { opening, entries, closing } = stated(history(), '05', '10');
    expect(opening).toEqual({ AVAILABLE: 563, HELD: 0, CONSUMED: 37, EXPIRED: 0, VOIDED: 0, ISSUED: -600 });
    const lines = entries.map(({ transaction: { kind, reason, rule, work }, change, values }) => [
      ...[kind, reason, rule, work && `${work.ticketId}/${work.taskId}`],
      `${change.AVAILABLE} ${change.HELD} ${change.CONSUMED}`,
      values.map(({ minutes, value }) => `${minutes} ${moneyToDecimal(value)}`).join(),
    ]);
    expect(lines).toEqual([
      ['SETTLE', 'Task b.', 'B-10', 'T1/b', '-37 0 37', '37 30.84'],
      ['HOLD', 'Task c is next.', 'B-09', 'T1/c', '-100 100 0', ''],
      ['SETTLE', 'Task c.', 'B-10', 'T1/c', '63 -100 37', '37 30.83'],
      ['HOLD', 'As agreed.', 'B-09', 'T1/d', '-60 60 0', ''],
      ['REVERSE', 'It was a bug.', 'B-27', 'T1/c', '37 0 -37', '-37 -30.83'],
    ]);
    expect(closing).toEqual({ AVAILABLE: 466, HELD: 60, CONSUMED: 74, EXPIRED: 0, VOIDED: 0, ISSUED: -600 });
  });

  test('lists the lots as they stood, and the holds that are open at its end', () => {
    const { lots, openHolds } = stated(history(), '07', '09');
    expect(lots).toMatchObject([
      { lot: { id: 'L' }, opening: { AVAILABLE: 426, HELD: 100 }, closing: { AVAILABLE: 429, HELD: 60, CONSUMED: 111 } },
    ]);
    expect(openHolds.map(({ id }) => id)).toEqual(['d']);
  });

  test.each([
    ['05', '06', 1, 'the start is part of the period'],
    ['04', '05', 0, 'the end is not'],
    ['06', '06', 0, 'an empty period has no entries'],
    ['01', '20', 7, 'all of it'],
  ])('from %s to %s of March has %i entries, because %s', (from, to, count) => {
    expect(stated(history(), from, to).entries).toHaveLength(count);
  });

  test('of periods that follow each other goes on where the last one ended', () => {
    const [first, second, whole] = [stated(history(), '01', '06'), stated(history(), '06', '20'), stated(history(), '01', '20')];
    expect(first.closing).toEqual(second.opening);
    expect([...first.entries, ...second.entries]).toEqual(whole.entries);
  });

  test('values a split as what left the lot, and time that expired not at all', () => {
    const wallet = emptyWallet();
    const endsAt = on('04');
    posted(wallet, grant(ledgerOf(wallet), lotOf('L', 600, { price, projectId: null, endsAt }), entryAt(on('01'))));
    posted(wallet, assign(ledgerOf(wallet), { lotId: 'L', projectId: 'p', minutes: 37, newLotId: 'P' }, entryAt(on('02'))));
    posted(wallet, expire(ledgerOf(wallet), entryAt(on('05'))));
    const { entries, closing } = stated(wallet, '02', '20');
    expect(entries.map(({ values }) => values.map(({ lotId, minutes, value }) => `${lotId} ${minutes} ${moneyToDecimal(value)}`))).toEqual([
      ['L 37 30.83'],
      [],
      [],
    ]);
    expect(closing).toMatchObject({ AVAILABLE: 0, EXPIRED: 600 });
    expect(entries.slice(1).map(({ transaction }) => [transaction.kind, transaction.rule, transaction.effectiveAt])).toEqual([
      ['EXPIRE', 'B-32', endsAt],
      ['EXPIRE', 'B-32', endsAt],
    ]);
  });

  test('of a faulty journal tells the fault', () => {
    const { lots, transactions } = history();
    const answer = timeStatement(lots, transactions.slice(1), { from: on('01'), to: on('20') });
    expect(answer).toMatchObject({ outcome: 'FAULTY', faults: [{ code: 'ACCOUNT_NEGATIVE', transactionId: 't2' }] });
  });

  test('of a journal that was not recorded in its order tells the fault, wherever the period begins', () => {
    const { lots, transactions } = history();
    // The second is said to have been recorded after the third: a period may begin between them.
    const late = transactions.slice(0, 3).map((each, index) => (index === 1 ? { ...each, recordedAt: on('18') } : each));
    for (const from of ['01', '10', '19']) {
      const answer = timeStatement(lots, late, { from: on(from), to: on('20') });
      expect(answer).toMatchObject({ outcome: 'FAULTY', faults: [{ code: 'OUT_OF_ORDER', transactionId: 't3' }] });
    }
  });

  test('cannot end before it begins', () => expect(() => stated(history(), '06', '05')).toThrow(RangeError));
});
