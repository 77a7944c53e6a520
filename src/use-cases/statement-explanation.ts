import { Customer } from '../persistence/customer.js';
import { Project } from '../persistence/project.js';
import { withVendorSession } from '../persistence/session.js';
import { Ticket } from '../persistence/ticket.js';
import { moneyToDecimal } from '../policy/money.js';
import type { Gateway } from './gateway.js';
import { Refusal, userError } from './outcome.js';
import { type StatementSpan, statementCsv, timeStatementOf } from './time-statement.js';

/** How a person names a customer: by its UUID, or by its e-mail address. */
export type CustomerReference = { readonly id: string } | { readonly email: string };

export type StatementExplanation = NonNullable<Awaited<ReturnType<typeof explainStatement>>>;

/**
 * B-14: the statement of a customer's prepaid time for people, each entry with its reason, rule and ticket, and the same as a table in CSV. Null where there is no
 * such customer. Throws a Refusal where the journal breaks a law of the ledger.
 */
export function explainStatement({ database }: Pick<Gateway, 'database'>, reference: CustomerReference, span: StatementSpan) {
  return withVendorSession(database, async ({ em }) => {
    const customer = await em.findOne(Customer, 'id' in reference ? { id: reference.id } : { email: reference.email.toLowerCase() });
    if (customer === null) return null;
    const stated = await timeStatementOf(em, customer.id, span);
    if (stated.outcome === 'FAULTY') {
      const faults = stated.faults.map(({ code, message }) => `${code}: ${message}`).join(' ');
      throw new Refusal([userError('CONFLICT', `The journal breaks a law of the ledger: ${faults}`)]);
    }
    const { statement } = stated;
    const ids = new Set(statement.entries.flatMap(({ transaction }) => transaction.work?.ticketId ?? []));
    const tickets = new Map((await em.find(Ticket, { id: { $in: [...ids] } })).map(({ id, seq }) => [id, seq]));
    const projects = new Map((await em.find(Project, { customer: customer.id })).map(({ id, name }) => [id, name]));
    return {
      customer: { id: customer.id, email: customer.email },
      ...span,
      opening: statement.opening,
      entries: statement.entries.map(({ transaction, change, values }) => {
        const { recordedAt, kind, reason, rule, work, projectId } = transaction;
        return {
          ...{ recordedAt, kind, reason, rule, change },
          ticket: work === null ? null : (tickets.get(work.ticketId) ?? null),
          project: projectId === null ? null : (projects.get(projectId) ?? null),
          values: values.map(({ value }) => ({ amount: moneyToDecimal(value), currencyCode: value.currencyCode })),
        };
      }),
      closing: statement.closing,
      csv: await statementCsv(em, customer.id, statement),
    };
  });
}
