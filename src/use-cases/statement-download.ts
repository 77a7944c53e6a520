import { Customer } from '../persistence/customer.js';
import type { Reason } from '../policy/reason.js';
import { journalInDoubt } from '../policy/time-suspension.js';
import { type Actor, seesEveryone } from './actor.js';
import type { EntityManager } from './entity-manager.js';
import { fromGlobalId } from './global-id.js';
import { type StatementSpan, statementCsv, timeStatementOf } from './time-statement.js';

export interface StatementQuestion extends StatementSpan {
  /** Global id of the customer. */
  readonly customer: string;
}

export type StatementFile =
  | { readonly outcome: 'STATED'; readonly csv: string }
  /** The journal breaks a law of the ledger. */
  | { readonly outcome: 'FAULTY'; readonly reason: Reason };

/** B-14: the statement of a customer's prepaid time as a table in CSV; null for a customer that is not there or that the actor may not see, alike. */
export async function downloadStatement(
  em: EntityManager,
  actor: Actor,
  { customer, ...span }: StatementQuestion,
): Promise<StatementFile | null> {
  const customerId = fromGlobalId('Customer', customer);
  const isOwn = seesEveryone(actor) || customerId === actor.customerId;
  if (customerId === null || !isOwn || (await em.count(Customer, { id: customerId })) === 0) return null;
  const stated = await timeStatementOf(em, customerId, span);
  if (stated.outcome === 'FAULTY') return { outcome: 'FAULTY', reason: journalInDoubt(stated.faults) };
  return { outcome: 'STATED', csv: await statementCsv(em, customerId, stated.statement) };
}
