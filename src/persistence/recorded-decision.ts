import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import { id, instant, seesAll } from './columns.js';
import { Purchase } from './purchase.js';
import { SupportPolicyVersion } from './support-policy-version.js';

export const DECISION_KINDS = ['RENEWAL', 'REVOCATION'] as const;
export type DecisionKind = (typeof DECISION_KINDS)[number];

/** What was decided at a moment that matters, with the facts it rested on. Evidence: never recomputed, never changed. */
export const RecordedDecision = defineEntity({
  name: 'RecordedDecision',
  tableName: 'recorded_decision',
  properties: {
    id: id(),
    purchase: () => p.manyToOne(Purchase).ref(),
    supportPolicyVersion: () => p.manyToOne(SupportPolicyVersion).ref(),
    kind: p.string().columnType('text').$type<DecisionKind>(),
    actor: p.string().columnType('text'),
    facts: p.json<unknown>(),
    decision: p.json<unknown>(),
    decidedAt: instant(),
  },
  indexes: [{ properties: ['purchase', 'decidedAt'] }],
  checks: [{ name: 'recorded_decision_kind_check', expression: `kind in ('RENEWAL', 'REVOCATION')` }],
  triggers: [
    {
      name: 'recorded_decision_immutable',
      timing: 'before',
      events: ['update', 'delete'],
      body: `raise exception 'a recorded decision is evidence and never changes' using errcode = 'restrict_violation'`,
    },
  ],
  policies: [{ name: 'recorded_decision_scope', using: `${seesAll} or exists (select from purchase where purchase.id = purchase_id)` }],
  rowLevelSecurity: 'force',
});
export type RecordedDecisionRow = InferEntity<typeof RecordedDecision>;
