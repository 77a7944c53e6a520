import { Project } from '../persistence/project.js';
import { Purchase, type PurchaseRow } from '../persistence/purchase.js';
import { Store, type StoreRow } from '../persistence/store.js';
import type { SupportPolicyVersionRow } from '../persistence/support-policy-version.js';
import type { TicketReport } from '../persistence/ticket.js';
import { TimeLot } from '../persistence/time-lot.js';
import type { AfterSalesRequest } from '../policy/support-policy.js';
import { type Actor, seesEveryone } from './actor.js';
import type { EntityManager } from './entity-manager.js';
import { NOWHERE } from './global-id.js';
import { Refusal, userError } from './outcome.js';
import { productionStoreOf } from './store-group.js';
import { policyThatBinds } from './terms-acceptance.js';
import { LINE_LENGTH, optionalText, requiredText, TEXT_LENGTH } from './ticket-text.js';

/** What a customer asks of the vendor, and on what. */
export interface TicketRequestInput {
  /** The licence that it is about; null: none, and then the project is named. */
  readonly purchaseId: string | null;
  /** The project whose prepaid time the work may take; null: that of the time which came with the purchase, where there is any. */
  readonly projectId: string | null;
  /** Null: the purchase's own, where it has one. */
  readonly storeId: string | null;
  readonly request: AfterSalesRequest;
  /** Kind of work in the vendor's list; null when not said. */
  readonly category: string | null;
  readonly needsWorkOnHost: boolean | null;
  readonly report: TicketReport;
}

/** The rows that a request is about: all of one customer. */
export interface RequestRows {
  readonly customerId: string;
  readonly purchase: PurchaseRow | null;
  readonly projectId: string | null;
  readonly store: StoreRow | null;
  /** The conditions that bind it for good. */
  readonly policy: SupportPolicyVersionRow;
}

type Asked = Pick<TicketRequestInput, 'purchaseId' | 'projectId' | 'storeId'>;

/**
 * Finds what a request made at an instant is about. What is not there, or is somebody else's, is a Refusal NOT_FOUND. A-22, B-30: a purchase is bound to the
 * conditions that it was bought under, and work without one to those of the newest prepaid time on its project, or to what these have become by then where they
 * float: without either, a Refusal says what to name.
 */
export async function requestRows(
  em: EntityManager,
  actor: Actor,
  { purchaseId, projectId, storeId }: Asked,
  at: Temporal.Instant,
): Promise<RequestRows> {
  const own = seesEveryone(actor) ? {} : { customer: actor.customerId ?? NOWHERE };
  const purchase =
    purchaseId === null ? null : await em.findOne(Purchase, { id: purchaseId, ...own }, { populate: ['addon', 'supportPolicyVersion'] });
  if (purchaseId !== null && purchase === null) throw missing('There is no such purchase.', 'purchaseId');
  const owner = purchase === null ? own : { customer: purchase.customer.id };
  const project = projectId === null ? null : await em.findOne(Project, { id: projectId, ...owner });
  if (projectId !== null && project === null) throw missing('There is no such project of this customer.', 'projectId');
  const customerId = purchase?.customer.id ?? project?.customer.id;
  if (customerId === undefined) {
    throw new Refusal([userError('REQUIRED', 'Name the purchase that it is about, or the project that the work is for.', 'purchaseId')]);
  }
  const store =
    storeId === null
      ? await productionStoreOf(em, purchase?.group ?? null)
      : await em.findOne(Store, { id: storeId, customer: customerId });
  if (storeId !== null && store === null) throw missing('This customer has no such store.', 'storeId');
  const pinned = purchase?.supportPolicyVersion.getEntity() ?? (await policyOfProject(em, projectId));
  const policy = await policyThatBinds(em, pinned, at);
  return { customerId, purchase, projectId: projectId ?? (await includedProject(em, purchase)), store, policy };
}

const missing = (message: string, field: string): Refusal => new Refusal([userError('NOT_FOUND', message, field)]);

async function policyOfProject(em: EntityManager, projectId: string | null): Promise<SupportPolicyVersionRow> {
  const [newest] = await em.find(
    TimeLot,
    { project: projectId },
    { orderBy: { createdAt: 'desc', id: 'desc' }, limit: 1, populate: ['supportPolicyVersion'] },
  );
  if (newest !== undefined) return newest.supportPolicyVersion.getEntity();
  const message = 'No prepaid time was ever put on this project, so nothing says which support conditions apply: name the purchase.';
  throw new Refusal([userError('REQUIRED', message, 'purchaseId')]);
}

/** Where the time that came with a purchase is. */
async function includedProject(em: EntityManager, purchase: PurchaseRow | null): Promise<string | null> {
  if (purchase === null) return null;
  const [lot] = await em.find(TimeLot, { termPurchase: purchase.id, project: { $ne: null } }, { orderBy: { id: 'asc' }, limit: 1 });
  return lot?.project?.id ?? null;
}

/** A report in characters and lengths that can be kept: what is blank was not said. A Refusal where the subject or the description is. */
export function keptReport(report: TicketReport): TicketReport {
  const text = (field: 'steps' | 'expected' | 'actual') => optionalText(report[field], TEXT_LENGTH, 'report', field);
  return {
    subject: requiredText(report.subject, LINE_LENGTH, 'report', 'subject'),
    description: requiredText(report.description, TEXT_LENGTH, 'report', 'description'),
    steps: text('steps'),
    expected: text('expected'),
    actual: text('actual'),
    platformVersion: optionalText(report.platformVersion, LINE_LENGTH, 'report', 'platformVersion'),
    installedVersion: optionalText(report.installedVersion, LINE_LENGTH, 'report', 'installedVersion'),
  };
}
