import { type ClassType, Field, Int, ObjectType } from 'type-graphql';
import { readTicketRow, type TicketRow } from '../persistence/ticket.js';
import type { Reason as CoreReason } from '../policy/reason.js';
import type { Scope } from '../use-cases/actor.js';
import { uuidOrNowhere } from '../use-cases/global-id.js';
import type { UserError as CoreError } from '../use-cases/outcome.js';
import type { TicketAnswer, TicketCommand } from '../use-cases/ticket-command.js';
import { type Context, requireScope } from './context.js';
import { Reason } from './reason.js';
import { Ticket } from './ticket.js';
import { payload, required, USER_ERRORS, UserError } from './user-error.js';

export const TICKET = { description: 'The ticket.' } as const;

/** What a command on a ticket came to, as its payload tells it. */
export interface TicketPayload {
  readonly ticket?: TicketRow | null;
  readonly reasons: readonly CoreReason[];
  readonly userErrors: readonly CoreError[];
}

/** Declares `NamePayload` for a command on a ticket. */
export function ticketPayload(name: string): ClassType<TicketPayload> {
  @ObjectType(`${name}Payload`, { description: 'The ticket as it stands now, with what stood in the way, or what must be corrected.' })
  class Payload implements TicketPayload {
    @Field(() => Ticket, { nullable: true, description: 'As it stands now; null when something must be corrected, or there is none.' })
    ticket?: TicketRow | null;

    @Field(() => [Reason], {
      description:
        'Why the conditions refused it, and then nothing was done; empty when it was done, and when something must be corrected.',
    })
    reasons!: readonly CoreReason[];

    @Field(() => [UserError], USER_ERRORS)
    userErrors!: readonly CoreError[];
  }
  return Payload;
}

/** The same for a command that ends the task, with what was charged for it. */
export function chargePayload(name: string): ClassType<TicketPayload> {
  const Payload = ticketPayload(name);
  const told = { nullable: true } as const;
  const charged = 'Prepaid minutes that were charged, 0 for free work; null when something must be corrected.';
  const missing = 'Minutes that might be charged and were not, as the prepaid time did not suffice; null when something must be corrected.';
  Field(() => Int, { ...told, description: charged })(Payload.prototype, 'chargedMinutes');
  Field(() => Int, { ...told, description: missing })(Payload.prototype, 'shortMinutes');
  return Payload;
}

/** A command in the transaction of an entity manager. */
export const commandIn = ({ actor, now, gateway }: Context, em: TicketCommand['em']): TicketCommand => ({
  em,
  actor,
  now,
  addJob: gateway.addJob,
});

interface TicketInput {
  readonly idempotencyKey: string;
  readonly ticketId: string;
}

/** Runs a command on the ticket that the input names, in one transaction, for an actor with the scope. */
export function onTicket(
  context: Context,
  scope: Scope,
  input: TicketInput,
  run: (command: TicketCommand, about: TicketInput) => Promise<TicketAnswer>,
): Promise<TicketPayload> {
  const session = requireScope(context, scope);
  return answered(context, async () => {
    const about = {
      idempotencyKey: required(input.idempotencyKey, 'idempotencyKey'),
      ticketId: uuidOrNowhere('Ticket', input.ticketId),
    };
    return session.transaction((em) => run(commandIn(context, em), about));
  });
}

/** The payload of a command, with the ticket as it stands once the command is done, and what else the answer tells. */
export async function answered(
  context: Context,
  run: () => Promise<{ readonly ticketId: string | null; readonly reasons: readonly CoreReason[] }>,
): Promise<TicketPayload> {
  const outcome = await payload(async () => {
    const { ticketId, ...told } = await run();
    return { ...told, ticket: ticketId === null ? null : await readTicketRow(context.session().em, ticketId) };
  });
  return { reasons: [], ...outcome };
}
