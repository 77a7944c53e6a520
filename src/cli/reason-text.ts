import type { ExplainedReason } from '../use-cases/explain.js';
import { type Look, plain, type Tone } from './layout.js';

const EFFECT_TONES = { GRANTS: 'GOOD', REFUSES: 'BAD', CHARGES: 'CAUTION', INFORMS: 'QUIET' } as const satisfies Record<
  ExplainedReason['effect'],
  Tone
>;

/** Reasons for people: each with its message, rule, clause, facts and remedy. */
export function reasonLines(reasons: readonly ExplainedReason[], look: Look, indent: string): string[] {
  return reasons.flatMap(({ code, effect, message, rule, clause, facts, remedy }, index) => [
    `${indent}${index + 1}. ${look(EFFECT_TONES[effect], effect)} ${code} ${plain(message)}`,
    `${indent}   rule ${plain(rule)}, ${clause === null ? 'not in the published text' : `clause "${plain(clause)}"`}`,
    ...(facts.length === 0 ? [] : [`${indent}   facts ${facts.map(({ name, value }) => `${plain(name)}=${plain(value)}`).join('; ')}`]),
    ...(remedy === null ? [] : [`${indent}   remedy ${remedy}`]),
  ]);
}
