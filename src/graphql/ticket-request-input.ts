import { Field, ID, InputType } from 'type-graphql';
import type { AfterSalesRequest } from '../policy/support-policy.js';
import { uuidOrNowhere } from '../use-cases/global-id.js';
import type { TicketRequestInput as CoreRequest } from '../use-cases/ticket-request.js';
import { AfterSalesRequestEnum } from './enums.js';
import { DateTimeScalar } from './scalars.js';
import { IDEMPOTENCY_KEY } from './user-error.js';

@InputType({ description: 'What the customer says; what is left out was not said.' })
export class TicketReportInput {
  @Field(() => String, { description: 'What it is about, in a line of at most 200 characters.' })
  subject!: string;

  @Field(() => String, { description: 'The request in the customer’s own words, at most 10,000 characters.' })
  description!: string;

  @Field(() => String, { nullable: true, description: 'How the fault is brought about; at most 10,000 characters.' })
  steps?: string | null;

  @Field(() => String, { nullable: true, description: 'What should happen; at most 10,000 characters.' })
  expected?: string | null;

  @Field(() => String, { nullable: true, description: 'What happens instead; at most 10,000 characters.' })
  actual?: string | null;

  @Field(() => String, { nullable: true, description: 'The platform’s version; a reading of the store goes before it.' })
  platformVersion?: string | null;

  @Field(() => String, { nullable: true, description: 'The installed version of the add-on; a reading of the store goes before it.' })
  installedVersion?: string | null;
}

@InputType({ description: 'The e-mail that a ticket is made from.' })
export class TicketEmailInput {
  @Field(() => String, { description: 'Its Message-ID; no two tickets of a customer are made from one e-mail.' })
  messageId!: string;

  @Field(() => DateTimeScalar, { description: 'When it came, within the last 30 days: the ticket counts as submitted then.' })
  receivedAt!: Temporal.Instant;
}

const PURCHASE = { nullable: true, description: 'The licence that it is about; without one, the project must be named.' } as const;
const PROJECT = {
  nullable: true,
  description: 'The project whose prepaid time the work may take; that of the time that came with the purchase unless said.',
} as const;
const STORE = {
  nullable: true,
  description: 'The store that it is about; the production store of the group that the purchase is meant for unless said.',
} as const;
const REQUEST = { description: 'What is asked of the vendor.' } as const;
const CATEGORY = { nullable: true, description: 'Category of the work in the vendor’s list, such as INSTALL, where it is known.' } as const;
const HOST = { nullable: true, description: 'For ADVICE: whether it needs work on the store itself; not known unless said.' } as const;
const REPORT = { description: 'What the customer says.' } as const;

@InputType({ description: 'A request that is not sent yet.' })
export class TicketPreviewInput {
  @Field(() => ID, PURCHASE)
  purchaseId?: string | null;

  @Field(() => ID, PROJECT)
  projectId?: string | null;

  @Field(() => ID, STORE)
  storeId?: string | null;

  @Field(() => AfterSalesRequestEnum, REQUEST)
  request!: AfterSalesRequest;

  @Field(() => String, CATEGORY)
  category?: string | null;

  @Field(() => Boolean, HOST)
  needsWorkOnHost?: boolean | null;

  @Field(() => TicketReportInput, REPORT)
  report!: TicketReportInput;
}

@InputType({ description: 'A request to the vendor.' })
export class TicketOpenInput implements TicketPreviewInput {
  @Field(() => String, IDEMPOTENCY_KEY)
  idempotencyKey!: string;

  @Field(() => ID, PURCHASE)
  purchaseId?: string | null;

  @Field(() => ID, PROJECT)
  projectId?: string | null;

  @Field(() => ID, STORE)
  storeId?: string | null;

  @Field(() => AfterSalesRequestEnum, REQUEST)
  request!: AfterSalesRequest;

  @Field(() => String, CATEGORY)
  category?: string | null;

  @Field(() => Boolean, HOST)
  needsWorkOnHost?: boolean | null;

  @Field(() => TicketReportInput, REPORT)
  report!: TicketReportInput;

  @Field(() => TicketEmailInput, { nullable: true, description: 'The e-mail that it is made from; for staff and partners only.' })
  email?: TicketEmailInput | null;

  @Field(() => ID, {
    nullable: true,
    description:
      'An open ticket of the same customer, about the same purchase, store and project, that it repeats, as the customer confirms: it goes into that.',
  })
  duplicateOf?: string | null;
}

/** What is asked for and on what, with ids that name nothing where they are none. */
export function requestOf(input: TicketPreviewInput): CoreRequest {
  const { purchaseId, projectId, storeId, request, category, needsWorkOnHost, report } = input;
  return {
    purchaseId: purchaseId == null ? null : uuidOrNowhere('Purchase', purchaseId),
    projectId: projectId == null ? null : uuidOrNowhere('Project', projectId),
    storeId: storeId == null ? null : uuidOrNowhere('Store', storeId),
    request,
    category: category ?? null,
    needsWorkOnHost: needsWorkOnHost ?? null,
    report: reportOf(report),
  };
}

/** What the customer says; what is left out was not said. */
export function reportOf(report: TicketReportInput): CoreRequest['report'] {
  return {
    subject: report.subject,
    description: report.description,
    steps: report.steps ?? null,
    expected: report.expected ?? null,
    actual: report.actual ?? null,
    platformVersion: report.platformVersion ?? null,
    installedVersion: report.installedVersion ?? null,
  };
}
