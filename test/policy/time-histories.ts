import { expect } from '@jest/globals';
import type { TermSpan } from '../../src/policy/support-term.js';
import { lotFigures, walletFigures } from '../../src/policy/time-figures.js';
import { assign, expire, grant, owedMinutes, voidLot } from '../../src/policy/time-grant.js';
import { extendHold, hold, lapse, refundHold, release } from '../../src/policy/time-hold.js';
import type { TimeLedger } from '../../src/policy/time-journal.js';
import type { TimeLot } from '../../src/policy/time-lot.js';
import { reverse, settle } from '../../src/policy/time-settlement.js';
import type { Action } from './time-actions.js';
import {
  type Answer,
  emptyModel,
  type ModelHold,
  type ModelLot,
  modelAllocations,
  modelExtend,
  modelFigures,
  modelGrant,
  modelHold,
  modelLapse,
  modelMove,
  modelPayBack,
  modelRefund,
  modelRelease,
  modelSettle,
  modelUncharge,
  modelUngrant,
  modelVoid,
} from './time-model.js';
import { emptyWallet, entryAt, ledgerOf, lotOf, type Wallet, write } from './time-wallet.js';

/** The commands of the ledger, so that a test can put a broken one in the place of each. */
export const ENGINE = { grant, assign, hold, extendHold, release, lapse, refundHold, settle, reverse, voidLot, expire };
export type Engine = typeof ENGINE;

const PROJECTS = ['p', 'q'] as const;
const MIDNIGHT = Temporal.Instant.from('2026-01-01T00:00:00Z');
export const onDay = (day: number) => MIDNIGHT.add({ hours: Math.round(day * 24) });

/** The same history in the ledger and in the model. */
export class Play {
  readonly wallet: Wallet = emptyWallet();
  readonly model = emptyModel();
  day = 0;
  /** How often each act was posted, and refused. */
  readonly counts = new Map<string, number>();
  private readonly engine: Engine;

  constructor(engine: Engine) {
    this.engine = engine;
  }

  /** Does one thing in both, and throws when they answer differently, differ afterwards, or the journal breaks a law. */
  step(action: Action): void {
    const [answer, expected] = this.act(action);
    const ledger = ledgerOf(this.wallet);
    if (answer !== 'NONE') {
      const outcome = `${action.act} ${answer === null ? 'refused' : 'posted'}`;
      this.counts.set(outcome, (this.counts.get(outcome) ?? 0) + 1);
      agree(`answer to ${action.act}`, answer, expected);
    }
    this.compare(ledger);
  }

  private compare(ledger: TimeLedger): void {
    for (const lot of this.model.lots) {
      const real = this.wallet.lots.find(({ id }) => id === lot.id);
      if (real === undefined) throw new Error(`missing lot ${lot.id}`);
      for (const day of [this.day, this.day + 6]) {
        agree('figures of a lot', lotFigures(ledger, real, onDay(day)), modelFigures(this.model, lot, day));
      }
    }
    const held = [...ledger.openHolds.values()].flatMap(({ id, allocations }) =>
      allocations.map(({ lotId, minutes }) => `${id} ${lotId} ${minutes}`),
    );
    const modelHeld = this.model.holds.flatMap((open) =>
      modelAllocations(this.model, open).map(([lotId, minutes]) => `${open.id} ${lotId} ${minutes}`),
    );
    agree('open holds', held.sort(), modelHeld.sort());
    const { grantedMinutes, ...parts } = walletFigures(ledger, onDay(this.day));
    const sum = Object.values(parts).reduce((total, minutes) => total + minutes, 0);
    agree('what was granted stands somewhere', [sum, 0 - ledger.issuedMinutes], [grantedMinutes, grantedMinutes]);
  }

  /** Does one thing in both, compares nothing, and gives both answers. */
  act(action: Action): readonly [Answer | 'NONE', Answer] {
    switch (action.act) {
      case 'WAIT':
        this.day += action.days;
        return ['NONE', null];
      case 'RENEW':
        this.renew(this.lotAt(action.lot), action.days);
        return ['NONE', null];
      case 'SWEEP':
        write(this.wallet, this.engine.expire(ledgerOf(this.wallet), this.entry()));
        return ['NONE', null];
      case 'GRANT':
        return this.grant(action);
      case 'ASSIGN':
        return this.assign(action);
      case 'VOID': {
        const lot = this.lotAt(action.lot);
        if (lot === undefined) return ['NONE', null];
        const real = this.engine.voidLot(ledgerOf(this.wallet), { lotId: lot.id, minutes: action.most }, this.entry());
        return [this.told(real, ['voidedMinutes']), modelVoid(this.model, lot, this.day, action.most ?? Infinity)];
      }
      case 'PAY_BACK':
        return this.payBack(action);
      case 'REVERSE':
        return this.reverse(action.transaction);
      case 'SETTLE':
        return this.settle(action);
      case 'HOLD': {
        const work = taskOf(action.task);
        const id = `h${this.model.holds.length}`;
        const made: ModelHold = { id, project: action.project, task: work.taskId, lapses: Infinity, open: true };
        const request = { holdId: made.id, projectId: action.project, work, minutes: action.minutes };
        const real = this.engine.hold(ledgerOf(this.wallet), request, this.entry());
        return [this.told(real, ['heldMinutes', 'shortMinutes']), modelHold(this.model, made, action.minutes, this.day)];
      }
      default:
        return this.onHold(action);
    }
  }

  private onHold(action: Extract<Action, { act: 'EXTEND' | 'RELEASE' | 'LAPSE' | 'REFUND' }>): readonly [Answer | 'NONE', Answer] {
    const held = this.holdAt(action.hold, action.act === 'LAPSE');
    if (held === undefined) return ['NONE', null];
    const ledger = ledgerOf(this.wallet);
    const request = { holdId: held.id };
    switch (action.act) {
      case 'EXTEND': {
        const real = this.engine.extendHold(ledger, { ...request, minutes: action.minutes }, this.entry());
        return [this.told(real, ['heldMinutes', 'shortMinutes']), modelExtend(this.model, held, action.minutes, this.day)];
      }
      case 'RELEASE':
        return [this.told(this.engine.release(ledger, request, this.entry()), []), modelRelease(this.model, held)];
      case 'LAPSE':
        return [this.told(this.engine.lapse(ledger, request, this.entry()), []), modelLapse(this.model, held, this.day)];
      case 'REFUND':
        return [this.told(this.engine.refundHold(ledger, request, this.entry()), ['releasedMinutes']), modelRefund(this.model, held)];
    }
  }

  private grant(action: Extract<Action, { act: 'GRANT' }>): readonly [Answer, Answer] {
    const id = `lot${this.wallet.lots.length}`;
    const { source, minutes, priority, lasts, priceMinor } = action;
    const from = this.day + (source === 'INCLUDED' ? 0 : action.startsIn);
    const end = from + (lasts ?? 12);
    const isIncluded = source === 'INCLUDED';
    const price = source === 'PURCHASED' && priceMinor !== null ? { amountMinor: priceMinor, currencyCode: 'EUR' } : null;
    const lot = lotOf(id, minutes, {
      source,
      projectId: action.project,
      priority,
      price,
      usableFrom: onDay(from),
      endsAt: isIncluded || lasts === null ? null : onDay(end),
      term: isIncluded ? { spans: [spanOf(id, this.day, from, end)], revokedAt: null } : null,
      onTermEnd: isIncluded ? action.onTermEnd : null,
      createdAt: onDay(this.day),
    });
    const made: ModelLot = {
      ...{ id, parent: null, source, project: action.project, priority, priced: price !== null, from, created: this.day },
      to: isIncluded || lasts === null ? Infinity : end,
      cover: isIncluded ? [{ paid: this.day, start: from, end }] : null,
      forfeits: isIncluded && action.onTermEnd === 'FORFEIT',
    };
    const real = this.told(this.engine.grant(ledgerOf(this.wallet), lot, this.entry()), []);
    return [real, modelGrant(this.model, made, minutes, `t${this.wallet.transactions.length}`)];
  }

  /** More of an order is paid back, as far as it goes; mostly of one that was used. */
  private payBack({ lot, minutes: more }: Extract<Action, { act: 'PAY_BACK' }>): readonly [Answer | 'NONE', Answer] {
    const bought = this.model.lots.filter(({ parent, source }) => parent === null && source === 'PURCHASED');
    const granted = at(bought, lot);
    const index = this.wallet.lots.findIndex(({ id }) => id === granted?.id);
    const stored = this.wallet.lots[index];
    if (granted === undefined || stored === undefined) return ['NONE', null];
    const refundedMinutes = Math.min(stored.minutes, stored.refundedMinutes + more);
    this.wallet.lots[index] = { ...stored, refundedMinutes };
    const ledger = ledgerOf(this.wallet);
    const minutes = owedMinutes(ledger, granted.id);
    const expected = modelPayBack(this.model, granted, refundedMinutes, this.day);
    const taken = minutes === 0 ? null : this.engine.voidLot(ledger, { lotId: granted.id, minutes }, this.entry());
    return [taken && this.told(taken, ['voidedMinutes']), expected];
  }

  private assign(action: Extract<Action, { act: 'ASSIGN' }>): readonly [Answer | 'NONE', Answer] {
    const fitting = this.model.lots.filter((lot) => (lot.project === null) === (action.project !== null));
    const lot = action.lot % 4 > 0 && fitting.length > 0 ? at(fitting, action.lot >> 2) : this.lotAt(action.lot >> 2);
    if (lot === undefined) return ['NONE', null];
    const newLotId = `lot${this.wallet.lots.length}`;
    const kind = action.isStaff ? 'STAFF' : 'CUSTOMER';
    const request = { lotId: lot.id, projectId: action.project, minutes: action.minutes, newLotId };
    const real = this.engine.assign(ledgerOf(this.wallet), request, { ...this.entry(), actor: { kind, name: 'ada' } });
    const into = { ...lot, id: newLotId, parent: lot, project: action.project };
    return [this.told(real, []), modelMove(this.model, lot, into, action.minutes, action.isStaff, this.day)];
  }

  private settle(action: Extract<Action, { act: 'SETTLE' }>): readonly [Answer, Answer] {
    const held = action.hold === null ? null : (this.holdAt(action.hold) ?? null);
    const projectId = held !== null && action.ofItsTask ? held.project : action.project;
    const work = held !== null && action.ofItsTask ? { ticketId: 'ticket', taskId: held.task } : taskOf(action.task);
    const workedOn = this.day - action.back;
    const { actual: actualMinutes, chargeable: chargeableMinutes, onShortfall } = action;
    const request = { holdId: held?.id ?? null, projectId, work, workedAt: onDay(workedOn), actualMinutes, chargeableMinutes, onShortfall };
    const figures = ['consumedMinutes', 'shortMinutes', 'releasedMinutes'];
    const real = this.told(this.engine.settle(ledgerOf(this.wallet), request, this.entry()), figures);
    const due = Math.min(actualMinutes, chargeableMinutes);
    const charge = { hold: held, project: projectId, task: work.taskId, workedOn, due, refuseIfShort: onShortfall === 'REFUSE' };
    return [real, modelSettle(this.model, { ...charge, id: `t${this.wallet.transactions.length}` })];
  }

  private reverse(place: number): readonly [Answer | 'NONE', Answer] {
    const settlements = this.wallet.transactions.filter(({ kind }) => kind === 'SETTLE');
    const undone = at(place % 2 === 0 && settlements.length > 0 ? settlements : this.wallet.transactions, place >> 1);
    if (undone === undefined) return ['NONE', null];
    const goodwillLotId = `goodwill${this.wallet.transactions.length}`;
    const real = this.engine.reverse(ledgerOf(this.wallet), { transactionId: undone.id, goodwillLotId }, this.entry());
    const goodwill: ModelLot = {
      ...{ id: goodwillLotId, parent: null, source: 'GOODWILL', priority: 50, priced: false, cover: null, forfeits: false },
      ...{ project: undone.projectId, from: this.day, created: this.day, to: this.day + 30 + 21 / 24 },
    };
    if (undone.kind === 'SETTLE') {
      const figures = ['returnedMinutes', 'goodwillMinutes', 'voidedMinutes'];
      return [this.told(real, figures), modelUncharge(this.model, undone.id, goodwill, this.day)];
    }
    return [this.told(real, []), undone.kind === 'GRANT' ? modelUngrant(this.model, undone.id) : null];
  }

  private renew(lot: ModelLot | undefined, days: number): void {
    const last = lot?.cover?.at(-1);
    if (lot?.cover == null || last === undefined) return;
    const start = Math.max(this.day, last.end);
    lot.cover.push({ paid: this.day, start, end: start + days });
    const purchase = this.wallet.lots.find(({ id }) => id === lot.id)?.term?.spans[0]?.key;
    for (const [index, stored] of this.wallet.lots.entries()) {
      if (stored.term === null || stored.term.spans[0]?.key !== purchase) continue;
      const spans = [...stored.term.spans, spanOf(`${purchase}`, this.day, start, start + days)];
      this.wallet.lots[index] = { ...stored, term: { spans, revokedAt: null } } satisfies TimeLot;
    }
  }

  private told<O extends ReturnType<Engine[keyof Engine]>>(outcome: O, figures: readonly string[]): Answer {
    write(this.wallet, outcome);
    if (outcome.outcome === 'REFUSED') return null;
    return Object.fromEntries(Object.entries(outcome).filter(([name]) => figures.includes(name)));
  }

  /** Mostly an open one; to lapse, mostly one that is due. */
  private holdAt(place: number, isToLapse = false): ModelHold | undefined {
    const open = this.model.holds.filter((held) => held.open && (!isToLapse || held.lapses <= this.day));
    return at(place % 4 > 0 && open.length > 0 ? open : this.model.holds, place >> 2);
  }

  private lotAt(place: number): ModelLot | undefined {
    return at(this.model.lots, place);
  }

  private entry() {
    return entryAt(onDay(this.day));
  }
}

/** A history compared with the model at every step. */
export function play(engine: Engine, actions: readonly Action[]): Play {
  const history = new Play(engine);
  for (const action of actions) history.step(action);
  return history;
}

/** What a history leaves behind. */
export function played(actions: readonly Action[]): Pick<Play, 'wallet' | 'day'> {
  const history = new Play(ENGINE);
  for (const action of actions) history.act(action);
  return history;
}

/** Throws, with the name of the law, when the ledger and the model differ. */
function agree(law: string, stand: unknown, expected: unknown): void {
  if (JSON.stringify(stand) !== JSON.stringify(expected)) expect({ law, stand }).toEqual({ law, stand: expected });
}

function at<T>(list: readonly T[], place: number): T | undefined {
  return list[place % Math.max(1, list.length)];
}

function taskOf(task: number) {
  return { ticketId: 'ticket', taskId: `${PROJECTS[task % 2]}-${task}` };
}

/** A stretch of cover; the ledger reads its instants only. */
function spanOf(key: string, paid: number, start: number, end: number): TermSpan {
  const day = (number: number) => onDay(number).toZonedDateTimeISO('UTC').toPlainDate();
  return {
    ...{ key, ordinal: 1, monthsFromAnchor: 1, anchoredOn: day(paid), startsOn: day(start), endsOn: day(end - 1) },
    ...{ paidAt: onDay(paid), startsAt: onDay(start), expiresAt: onDay(end) },
  };
}
