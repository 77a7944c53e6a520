import type { Reason } from '../policy/reason.js';
import { askAccess, type SecretCommand, supplyAccess, verifyAccess } from '../use-cases/access-information.js';
import { linkBug } from '../use-cases/bug-report.js';
import { claimTicket } from '../use-cases/ticket-claim.js';
import { giveConsent } from '../use-cases/ticket-consent.js';
import type { CorrectionInput } from '../use-cases/ticket-correction.js';
import { acceptDelivery, deliverTicket } from '../use-cases/ticket-delivery.js';
import { recordDue } from '../use-cases/ticket-due.js';
import { askFacts, supplyFacts } from '../use-cases/ticket-facts.js';
import { agreeOutcome, classifyTicket, refuseTicket, type TicketClassifyInput, type TicketInput } from '../use-cases/ticket-intake.js';
import { writeMessage } from '../use-cases/ticket-message.js';
import { claimWarranty } from '../use-cases/ticket-warranty.js';
import { withdrawTicket } from '../use-cases/ticket-withdrawal.js';
import { logWork } from '../use-cases/ticket-work.js';

/** Something that is done to a ticket of the demonstration, by the customer whose ticket it is or by the vendor's staff. */
export interface Deed {
  readonly by: 'STAFF' | 'CUSTOMER';
  run(command: SecretCommand, input: TicketInput): Promise<{ readonly reasons: readonly Reason[] }>;
}

const staff = (run: Deed['run']): Deed => ({ by: 'STAFF', run });
const customer = (run: Deed['run']): Deed => ({ by: 'CUSTOMER', run });

export const answer = (body: string): Deed => staff((command, input) => writeMessage(command, { ...input, visibility: 'PUBLIC', body }));

type Classification = Pick<TicketClassifyInput, 'request' | 'category' | 'complexity'>;

/** Work that takes prepaid time, by the rate card: needs work on the customer's store. */
export const classify = (category: 'INSTALL' | 'CONFLICT', complexity: 'S' | 'M' | 'L'): Deed =>
  classifyAs({ request: 'STORE_INTERVENTION', category, complexity }, true);

/** A fault of the add-on, or what seems to be one. */
export const classifyFault = (): Deed => classifyAs({ request: 'CORRECTION', category: 'CORRECTION', complexity: 'M' }, false);

function classifyAs(kind: Classification, needsWorkOnHost: boolean): Deed {
  const unsaid = { platformVersion: null, installedVersion: null, discretionReason: null };
  return staff((command, input) => classifyTicket(command, { ...input, ...kind, ...unsaid, needsWorkOnHost }));
}

export const agree = (outcome: string): Deed => customer((command, input) => agreeOutcome(command, { ...input, outcome, evidence: null }));

/** The customer sends an item, and staff see that it works. The secret opens nothing. */
export const access = (...items: readonly string[]): Deed[] =>
  items.flatMap((item) => [
    customer((command, input) => supplyAccess(command, { ...input, item, secret: `demonstration of ${item}` })),
    staff((command, input) => verifyAccess(command, { ...input, item, usable: true, evidence: 'Signed in and out again.' })),
  ]);

export const requestAccess = (question: string, ...items: readonly string[]): Deed =>
  staff((command, input) => askAccess(command, { ...input, items, question }));

export const claim = (): Deed => staff((command, input) => claimTicket(command, { ...input, codeDigest: null }));

export const log = (minutes: number, note: string): Deed =>
  staff((command, input) => logWork(command, { ...input, seconds: minutes * 60, note, workedAt: null }));

/** Hands over what was logged: the minutes of each entry. */
export function deliver(minutes: readonly number[], correction: CorrectionInput | null = null): Deed {
  const loggedSeconds = 60 * minutes.reduce((sum, each) => sum + each, 0);
  const whole = { loggedEntries: minutes.length, loggedSeconds };
  return staff((command, input) => deliverTicket(command, { ...input, ...whole, correction, codeDigest: null }));
}

export const accept = (message: string): Deed => customer((command, input) => acceptDelivery(command, { ...input, message }));

export const ask = (question: string, ...facts: readonly string[]): Deed =>
  staff((command, input) => askFacts(command, { ...input, question, facts }));

export const supply = (name: string, value: string): Deed =>
  customer((command, input) => supplyFacts(command, { ...input, facts: [{ name, value }], message: null }));

export const refuse = (message: string): Deed => staff((command, input) => refuseTicket(command, { ...input, message }));

export const withdraw = (message: string): Deed => customer((command, input) => withdrawTicket(command, { ...input, message }));

/** B-12: the customer gives the task up, and its minutes return. */
export const giveUp = (): Deed => customer((command, input) => giveConsent(command, { ...input, choice: 'REFUND', refundAs: 'MINUTES' }));

export const reports = (addonSku: string, reference: string): Deed =>
  staff((command, input) => linkBug(command, { ...input, addonSku, reference }));

/** what the schedule records of a ticket when its time has come. */
export const timePasses = (): Deed =>
  staff(async (command, { ticketId }) => {
    await recordDue(command, ticketId);
    return { reasons: [] };
  });

export const claimOnWarranty = (subject: string, description: string): Deed =>
  customer((command, input) => {
    const unsaid = { steps: null, expected: null, actual: null, platformVersion: null, installedVersion: null };
    return claimWarranty(command, {
      ...input,
      report: { subject, description, ...unsaid },
      isAgreedResult: true,
      codeDigest: null,
      finding: null,
    });
  });
