import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Actor } from '../use-cases/actor.js';
import type { StatementFile, StatementQuestion } from '../use-cases/statement-download.js';
import { type Authenticate, identify } from './authentication.js';
import { type Failure, sendFailure } from './failure.js';

export interface StatementDoor<TActor extends Actor> {
  readonly authenticate: Authenticate<TActor>;
  /** The statement as a table in CSV; null for a customer that is not there or that the actor may not see, alike. */
  readonly readStatement: (actor: TActor, asked: StatementQuestion) => Promise<StatementFile | null>;
}

const NO_CREDENTIAL: Failure = {
  status: 401,
  code: 'UNAUTHENTICATED',
  message: 'This needs a credential: send "Authorization: Bearer <token>".',
};
const NO_SCOPE: Failure = { status: 403, code: 'FORBIDDEN', message: 'This needs the scope TIME_READ.' };
const NO_CUSTOMER: Failure = { status: 404, code: 'NOT_FOUND', message: 'There is no such customer.' };

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})$/i;
const instant = z
  .string()
  .regex(INSTANT)
  .transform((text, { addIssue }) => {
    try {
      return Temporal.Instant.from(text.toUpperCase());
    } catch {
      addIssue('no such instant');
      return z.NEVER;
    }
  });
const QUERY = z.strictObject({ customer: z.string().min(1).max(100), from: instant, to: instant });

/** What each parameter must be, told when it is not. */
const NEEDS = {
  customer: '`customer` is the id of a customer, given once.',
  from: '`from` is an instant with its zone, such as 2026-03-01T00:00:00Z, given once.',
  to: '`to` is an instant with its zone, such as 2026-04-01T00:00:00Z, given once.',
} as const;

/**
 * B-14: adds `GET /v1/time-statement.csv?customer=…&from=…&to=…`: the statement of a customer's prepaid time as a table for a spreadsheet, by the credential
 * that GraphQL takes. 401 without one, 403 without the scope TIME_READ, 400 for a query that is not as above, 404 for customers that are not there or not the
 * caller's, 409 as long as the journal is at fault.
 */
export function addStatementDownload<TActor extends Actor>(server: FastifyInstance, door: StatementDoor<TActor>): void {
  const actors = new WeakMap<FastifyRequest, TActor>();
  server.route({
    method: 'GET',
    url: '/v1/time-statement.csv',
    exposeHeadRoute: false,
    preHandler: identify(door.authenticate, (request, actor) => actors.set(request, actor)),
    handler: async (request, reply) => {
      const actor = actors.get(request);
      if (actor === undefined) throw new Error('a request reached the statement without its actor');
      if (actor.kind === 'ANONYMOUS') return sendFailure(reply.header('www-authenticate', 'Bearer'), NO_CREDENTIAL);
      if (!actor.scopes.includes('TIME_READ')) return sendFailure(reply, NO_SCOPE);
      const asked = readQuery(request.query);
      if ('status' in asked) return sendFailure(reply, asked);
      const file = await door.readStatement(actor, asked);
      if (file === null) return sendFailure(reply, NO_CUSTOMER);
      if (file.outcome === 'FAULTY') return sendFailure(reply, { status: 409, code: file.reason.code, message: file.reason.message });
      const name = `time-statement-${dayOf(asked.from)}-${dayOf(asked.to)}.csv`;
      return reply
        .type('text/csv; charset=utf-8; header=present')
        .header('content-disposition', `attachment; filename="${name}"`)
        .send(file.csv);
    },
  });
}

function readQuery(query: unknown): StatementQuestion | Failure {
  const read = QUERY.safeParse(query);
  if (!read.success) {
    const [issue] = read.error.issues;
    const parameter = (['customer', 'from', 'to'] as const).find((name) => name === issue?.path[0]);
    return badQuery(parameter === undefined ? 'The parameters are `customer`, `from` and `to`.' : NEEDS[parameter]);
  }
  const { from, to } = read.data;
  return Temporal.Instant.compare(to, from) < 0 ? badQuery('`to` lies before `from`.') : read.data;
}

const badQuery = (message: string): Failure => ({ status: 400, code: 'BAD_USER_INPUT', message });

const dayOf = (instant: Temporal.Instant): string => instant.toZonedDateTimeISO('UTC').toPlainDate().toString();
