import { Customer } from '../persistence/customer.js';
import { type Actor, seesEveryone } from './actor.js';
import type { EntityManager } from './entity-manager.js';
import { fromGlobalId } from './global-id.js';
import { type StatementSpan, statementCsv, timeStatementOf } from './time-statement.js';

export interface StatementQuestion extends StatementSpan {
  /** Global id of the customer. */
  readonly customer: string;
}

/**
 * B-14: the statement of a customer's prepaid time as a table in CSV; null for a customer that is not there or that the actor may not see, alike. Throws where
 * the journal breaks a law of the ledger.
 */
export async function downloadStatement(em: EntityManager, actor: Actor, { customer, ...span }: StatementQuestion): Promise<string | null> {
  const customerId = fromGlobalId('Customer', customer);
  const isOwn = seesEveryone(actor) || customerId === actor.customerId;
  if (customerId === null || !isOwn || (await em.count(Customer, { id: customerId })) === 0) return null;
  const stated = await timeStatementOf(em, customerId, span);
  if (stated.outcome === 'STATED') return statementCsv(em, customerId, stated.statement);
  throw new Error(`The journal breaks its laws: ${stated.faults.map(({ code, message }) => `${code}: ${message}`).join(' ')}`);
}
