import fc from 'fast-check';

const pick = fc.nat({ max: 1000 });
const few = fc.integer({ min: 1, max: 40 });
const project = fc.constantFrom('p', 'p', 'p', 'q');

const GRANT = fc.record({
  act: fc.constant('GRANT' as const),
  source: fc.constantFrom('PURCHASED', 'PURCHASED', 'INCLUDED', 'GOODWILL'),
  minutes: fc.integer({ min: 1, max: 60 }),
  project: fc.constantFrom('p', 'p', 'p', 'q', null, null),
  priority: fc.constantFrom(50, 50, 10),
  startsIn: fc.constantFrom(0, 0, 0, 3),
  lasts: fc.constantFrom(null, null, 4, 9, 20),
  onTermEnd: fc.constantFrom('SUSPEND', 'FORFEIT'),
  priceMinor: fc.option(fc.bigInt({ min: 1n, max: 99_999n })),
});

const ACTION = fc.oneof(
  {
    weight: 6,
    arbitrary: GRANT,
  },
  {
    weight: 5,
    arbitrary: fc.record({
      act: fc.constant('ASSIGN' as const),
      lot: pick,
      minutes: few,
      project: fc.constantFrom('p', 'p', 'q', null),
      isStaff: fc.boolean(),
    }),
  },
  { weight: 9, arbitrary: fc.record({ act: fc.constant('HOLD' as const), project, task: fc.nat({ max: 11 }), minutes: few }) },
  { weight: 3, arbitrary: fc.record({ act: fc.constant('EXTEND' as const), hold: pick, minutes: few }) },
  {
    weight: 6,
    arbitrary: fc.record({ act: fc.constantFrom('RELEASE' as const, 'LAPSE' as const, 'LAPSE' as const, 'REFUND' as const), hold: pick }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      act: fc.constant('SETTLE' as const),
      hold: fc.option(pick, { freq: 5 }),
      project,
      task: fc.nat({ max: 11 }),
      ofItsTask: fc.constantFrom(true, true, true, true, false),
      actual: fc.nat({ max: 50 }),
      chargeable: fc.constantFrom(0, 15, 60, 60),
      back: fc.constantFrom(0, 0, 1, 5),
      onShortfall: fc.constantFrom('REFUSE' as const, 'CHARGE_WHAT_THERE_IS' as const),
    }),
  },
  { weight: 3, arbitrary: fc.record({ act: fc.constant('REVERSE' as const), transaction: pick }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('VOID' as const), lot: pick, most: fc.constantFrom(null, null, 5, 20) }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('PAY_BACK' as const), lot: pick, minutes: few }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('RENEW' as const), lot: pick, days: fc.constantFrom(3, 10) }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('SWEEP' as const) }) },
  { weight: 5, arbitrary: fc.record({ act: fc.constant('WAIT' as const), days: fc.integer({ min: 1, max: 12 }) }) },
);
export type Action = typeof ACTION extends fc.Arbitrary<infer A> ? A : never;

/** What a customer, the staff and time may do to a wallet, in any order and with any mistake; it begins with some time in it. */
export const HISTORIES: fc.Arbitrary<Action[]> = fc
  .tuple(fc.array(GRANT, { minLength: 1, maxLength: 3, size: 'max' }), fc.array(ACTION, { minLength: 8, maxLength: 24, size: 'max' }))
  .map(([grants, actions]) => [...grants, ...actions]);
