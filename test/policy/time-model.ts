/**
 * A second, slow ledger to hold the real one against: every minute is an object with a state, every instant a day, every rule a loop over minutes.
 * It shares no code with the policy.
 */
export interface ModelLot {
  readonly id: string;
  readonly parent: ModelLot | null;
  readonly source: 'INCLUDED' | 'PURCHASED' | 'GOODWILL';
  readonly project: string | null;
  readonly priority: number;
  readonly priced: boolean;
  readonly from: number;
  /** First day without it; Infinity: never. */
  readonly to: number;
  readonly created: number;
  /** Stretches of cover in the order paid; null: it needs none. Shared with its splits. */
  readonly cover: { readonly paid: number; readonly start: number; readonly end: number }[] | null;
  readonly forfeits: boolean;
}

interface Minute {
  lot: ModelLot;
  readonly grant: string;
  state: 'FREE' | 'HELD' | 'SPENT' | 'VOID' | 'TAKEN_BACK';
  hold: ModelHold | null;
  charge: string | null;
}

export interface ModelHold {
  readonly id: string;
  readonly project: string;
  readonly task: string;
  /** Infinity: it does not lapse. */
  lapses: number;
  open: boolean;
}

export interface Model {
  readonly lots: ModelLot[];
  readonly minutes: Minute[];
  readonly holds: ModelHold[];
  readonly charged: Map<string, string>;
  readonly takenBack: Set<string>;
  /** By granted lot: how many of its minutes the shop has paid back, and how many were to be gone when all that was left was taken. */
  readonly paidBack: Map<ModelLot, number>;
  readonly demanded: Map<ModelLot, number>;
}

/** What a command of the model answers; null: refused. */
export type Answer = Readonly<Record<string, number>> | null;

export const emptyModel = (): Model => ({
  ...{ lots: [], minutes: [], holds: [], charged: new Map(), takenBack: new Set(), paidBack: new Map(), demanded: new Map() },
});

const covered = ({ cover }: ModelLot, day: number) => cover === null || cover.some(({ start, end }) => start <= day && day < end);

/** Days are walked one by one: cover starts and ends on whole days. */
function forfeitedOn(lot: ModelLot): number {
  if (!lot.forfeits) return Infinity;
  let day = lot.from;
  while (covered(lot, day)) day++;
  return day;
}

const endOf = (lot: ModelLot) => Math.min(lot.to, forfeitedOn(lot));
export const isEnded = (lot: ModelLot, day: number) => day >= endOf(lot);
const isRunning = (lot: ModelLot, day: number) => !isEnded(lot, day) && day >= lot.from && covered(lot, day);

function rank(lot: ModelLot, day: number): (number | string)[] {
  const paid = lot.cover?.filter((stretch) => stretch.paid <= day).at(-1)?.end ?? Infinity;
  return [lot.priority, Math.min(endOf(lot), paid), lot.source === 'PURCHASED' ? 1 : 0, lot.created, lot.id];
}

function burned(minutes: readonly Minute[], day: number): Minute[] {
  const ranked = minutes.map((minute) => ({ minute, rank: rank(minute.lot, day) }));
  const compared = (one: (number | string)[], other: (number | string)[]) => {
    const place = one.findIndex((value, index) => value !== other[index]);
    if (place < 0) return 0;
    return (one[place] ?? 0) < (other[place] ?? 0) ? -1 : 1;
  };
  return ranked.sort((one, other) => compared(one.rank, other.rank)).map(({ minute }) => minute);
}

const usable = (model: Model, project: string, day: number) =>
  burned(
    model.minutes.filter(({ lot, state }) => state === 'FREE' && lot.project === project && isRunning(lot, day)),
    day,
  );
const heldBy = (model: Model, hold: ModelHold) => model.minutes.filter((minute) => minute.hold === hold);

export function modelGrant(model: Model, lot: ModelLot, minutes: number, grant: string): Answer {
  model.lots.push(lot);
  for (let i = 0; i < minutes; i++) model.minutes.push({ lot, grant, state: 'FREE', hold: null, charge: null });
  return {};
}

export function modelMove(model: Model, lot: ModelLot, into: ModelLot, minutes: number, isStaff: boolean, day: number): Answer {
  const free = model.minutes.filter((minute) => minute.lot === lot && minute.state === 'FREE');
  const fits = into.project === null ? lot.project !== null && isStaff : lot.project === null;
  if (!fits || isEnded(lot, day) || free.length < minutes) return null;
  model.lots.push(into);
  for (const minute of free.slice(0, minutes)) minute.lot = into;
  return {};
}

/** The end of the fifth day from Monday to Friday after `day`, at 21:00 of the clock in which days begin at 00:00. */
function lapseDay(day: number): number {
  let counted = 0;
  let last = day;
  while (counted < 5) {
    last++;
    if (new Date(Date.UTC(2026, 0, 1 + last)).getUTCDay() % 6 !== 0) counted++;
  }
  return last + 21 / 24;
}

export function modelHold(model: Model, hold: ModelHold, minutes: number, day: number): Answer {
  if (model.holds.some((other) => other.open && other.task === hold.task) || model.charged.has(hold.task)) return null;
  const answer = fill(model, hold, minutes, day);
  if (answer !== null) model.holds.push(hold);
  return answer;
}

export function modelExtend(model: Model, hold: ModelHold, minutes: number, day: number): Answer {
  return hold.open && heldBy(model, hold).length < minutes ? fill(model, hold, minutes, day) : null;
}

function fill(model: Model, hold: ModelHold, minutes: number, day: number): Answer {
  const added = usable(model, hold.project, day).slice(0, minutes - heldBy(model, hold).length);
  if (added.length === 0) return null;
  for (const minute of added) Object.assign(minute, { state: 'HELD', hold });
  const held = heldBy(model, hold).length;
  hold.lapses = held < minutes ? lapseDay(day) : Infinity;
  return { heldMinutes: held, shortMinutes: minutes - held };
}

export function modelRelease(model: Model, hold: ModelHold): Answer {
  if (!hold.open) return null;
  hold.open = false;
  for (const minute of heldBy(model, hold)) Object.assign(minute, { state: 'FREE', hold: null });
  return {};
}

export function modelLapse(model: Model, hold: ModelHold, day: number): Answer {
  return day >= hold.lapses ? modelRelease(model, hold) : null;
}

export function modelRefund(model: Model, hold: ModelHold): Answer {
  const bought = heldBy(model, hold).filter(({ lot }) => lot.priced);
  if (!hold.open || bought.length === 0) return null;
  for (const minute of bought) Object.assign(minute, { state: 'VOID', hold: null });
  const releasedMinutes = heldBy(model, hold).length;
  modelRelease(model, hold);
  return { releasedMinutes };
}

export interface ModelCharge {
  readonly id: string;
  readonly hold: ModelHold | null;
  readonly project: string;
  readonly task: string;
  readonly workedOn: number;
  readonly due: number;
  readonly refuseIfShort: boolean;
}

export function modelSettle(model: Model, { id, hold, project, task, workedOn, due, refuseIfShort }: ModelCharge): Answer {
  if (hold === null ? model.holds.some((other) => other.open && other.task === task) : !hold.open || hold.task !== task) return null;
  if (model.charged.has(task) || (hold !== null && hold.project !== project)) return null;
  const held = hold === null ? [] : burned(heldBy(model, hold), workedOn);
  const spent = [...held, ...usable(model, project, workedOn)].slice(0, due);
  if (spent.length < due && refuseIfShort) return null;
  for (const minute of spent) Object.assign(minute, { state: 'SPENT', hold: null, charge: id });
  if (hold !== null) modelRelease(model, hold);
  if (spent.length > 0) model.charged.set(task, id);
  const releasedMinutes = Math.max(0, held.length - spent.length);
  return { consumedMinutes: spent.length, shortMinutes: due - spent.length, releasedMinutes };
}

const grantOf = (lot: ModelLot): ModelLot => (lot.parent === null ? lot : grantOf(lot.parent));

/** A lot, then its splits, then theirs. */
function familyOf(model: Model, lot: ModelLot): ModelLot[] {
  const family = [lot];
  for (const member of family) family.push(...model.lots.filter(({ parent }) => parent === member));
  return family;
}

/** What a grant still owes: the most that was ever to be gone, less what is. */
function owedBy(model: Model, grant: ModelLot): number {
  const gone = model.minutes.filter(({ lot, state }) => state === 'VOID' && grantOf(lot) === grant).length;
  return Math.max(0, Math.max(model.paidBack.get(grant) ?? 0, model.demanded.get(grant) ?? 0) - gone);
}

export function modelVoid(model: Model, lot: ModelLot, day: number, most = Infinity): Answer {
  const family = familyOf(model, lot);
  const grant = grantOf(lot);
  const isLeft = ({ lot: member, state }: Minute) => state === 'HELD' || (state === 'FREE' && !isEnded(member, day));
  const free = family.flatMap((member) => model.minutes.filter((minute) => minute.lot === member && minute.state === 'FREE'));
  const held = model.holds.flatMap((hold) => family.flatMap((member) => heldBy(model, hold).filter((minute) => minute.lot === member)));
  const taken = [...free, ...held].filter(isLeft).slice(0, most);
  if (taken.length === 0) return null;
  if (most === Infinity) {
    const isMeant = (minute: Minute) =>
      minute.state !== 'TAKEN_BACK' && (minute.state === 'VOID' ? grantOf(minute.lot) === grant : family.includes(minute.lot));
    model.demanded.set(grant, Math.max(model.demanded.get(grant) ?? 0, model.minutes.filter(isMeant).length));
  }
  for (const minute of taken) Object.assign(minute, { state: 'VOID', hold: null });
  for (const hold of model.holds) if (hold.open && heldBy(model, hold).length === 0) hold.open = false;
  return { voidedMinutes: taken.length };
}

/** The shop pays back so many minutes of an order: what is left of them goes. */
export function modelPayBack(model: Model, grant: ModelLot, minutes: number, day: number): Answer {
  model.paidBack.set(grant, minutes);
  const owed = owedBy(model, grant);
  return owed === 0 ? null : modelVoid(model, grant, day, owed);
}

export function modelUncharge(model: Model, charge: string, goodwill: ModelLot, day: number): Answer {
  const charged = model.minutes.filter((minute) => minute.charge === charge && minute.state === 'SPENT');
  if (charged.length === 0) return null;
  const spent = model.lots.flatMap((lot) => charged.filter((minute) => minute.lot === lot));
  let voidedMinutes = 0;
  for (const minute of spent) {
    const isOwed = owedBy(model, grantOf(minute.lot)) > 0;
    Object.assign(minute, { state: isOwed ? 'VOID' : 'FREE', charge: null });
    voidedMinutes += Number(isOwed);
  }
  const ended = spent.filter(({ lot, state }) => state === 'FREE' && isEnded(lot, day));
  for (const minute of ended) minute.lot = goodwill;
  if (ended.length > 0) model.lots.push(goodwill);
  for (const [task, id] of model.charged) if (id === charge) model.charged.delete(task);
  return { returnedMinutes: spent.length - ended.length - voidedMinutes, goodwillMinutes: ended.length, voidedMinutes };
}

export function modelUngrant(model: Model, grant: string): Answer {
  const minutes = model.minutes.filter((minute) => minute.grant === grant);
  const isGoodwill = (lot: ModelLot): boolean => lot.source === 'GOODWILL' && lot.id.startsWith('goodwill');
  if (model.takenBack.has(grant) || minutes.some(({ state, lot }) => state !== 'FREE' || isGoodwill(lot))) return null;
  model.takenBack.add(grant);
  for (const minute of minutes) minute.state = 'TAKEN_BACK';
  return {};
}

/** Where the minutes of a lot stand on a day. */
export function modelFigures(model: Model, lot: ModelLot, day: number) {
  const count = { FREE: 0, HELD: 0, SPENT: 0, VOID: 0, TAKEN_BACK: 0 };
  for (const minute of model.minutes) if (minute.lot === lot) count[minute.state]++;
  const { FREE: free, HELD: heldMinutes, SPENT: spentMinutes, VOID: voidedMinutes } = count;
  const phase = isEnded(lot, day) ? 'expired' : day < lot.from ? 'upcoming' : !covered(lot, day) ? 'suspended' : 'running';
  return {
    grantedMinutes: free + heldMinutes + spentMinutes + voidedMinutes,
    availableMinutes: phase === 'running' && lot.project !== null ? free : 0,
    heldMinutes,
    suspendedMinutes: phase === 'suspended' ? free : 0,
    unassignedMinutes: phase === 'running' && lot.project === null ? free : 0,
    upcomingMinutes: phase === 'upcoming' ? free : 0,
    spentMinutes,
    expiredMinutes: phase === 'expired' ? free : 0,
    voidedMinutes,
  };
}

/** How many minutes of which lot a hold has. */
export function modelAllocations(model: Model, hold: ModelHold): [lotId: string, minutes: number][] {
  return [...Map.groupBy(heldBy(model, hold), ({ lot }) => lot.id)].map(([lotId, minutes]) => [lotId, minutes.length]);
}
