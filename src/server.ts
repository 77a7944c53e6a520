// Before any class of the schema is decorated, whichever file imports one first.
import 'reflect-metadata';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { makeContext } from './graphql/context.js';
import { buildGraphqlSchema } from './graphql/schema.js';
import { ACTING_FOR_HEADER, type Authenticate, readBearer } from './http/authentication.js';
import type { Config } from './http/config.js';
import { jwtVerifier } from './http/jwt.js';
import { addManifestDoor } from './http/release-manifest.js';
import { buildProbeServer, buildServer } from './http/server.js';
import { addStatementDownload } from './http/statement-download.js';
import { addStoreReport } from './http/store-report.js';
import { areJobsInstalled } from './jobs/install.js';
import { isMigrated } from './persistence/migrate.js';
import { isOutage } from './persistence/outage.js';
import { openSession, type Session } from './persistence/session.js';
import { type Actor, ANONYMOUS } from './use-cases/actor.js';
import { actFor, authenticateClaims, authenticateToken } from './use-cases/authenticate.js';
import type { Gateway } from './use-cases/gateway.js';
import { outcomeOf } from './use-cases/outcome.js';
import { addReleaseManifest, MAX_MANIFEST_BYTES, type ReleaseManifestInput } from './use-cases/release-manifest.js';
import { downloadStatement } from './use-cases/statement-download.js';
import { reportStore, type SignedReport } from './use-cases/store-report.js';
import { MAX_REPORT_BYTES } from './use-cases/store-report-document.js';

/** An actor with the connection that sees what it may see, for the length of one request. */
type RequestActor = Actor & { readonly session: Session | null };

/** The HTTP server over a gateway; it does not listen yet. */
export async function buildHttpServer(config: Config, gateway: Gateway, logStream?: NodeJS.WritableStream): Promise<FastifyInstance> {
  const sessions = new WeakMap<FastifyRequest, Session>();
  const atDoor = { ...gateway, connect: gateway.connectAtDoor };
  const forStaff = { ...gateway, connect: gateway.connectForStaff };
  const authenticate = authenticator(config, gateway, sessions);
  const server = await buildServer<RequestActor>({
    config,
    schema: buildGraphqlSchema(),
    authenticate,
    makeContext: async ({ actor: { session, ...actor } }) => makeContext(actor.kind === 'STAFF' ? forStaff : atDoor, actor, session),
    readiness: () => readiness(gateway),
    isOutage,
    ...(logStream === undefined ? {} : { logStream }),
  });
  addStatementDownload<RequestActor>(server, {
    authenticate,
    readStatement: async ({ session, ...actor }, asked) => (session === null ? null : downloadStatement(session.em, actor, asked)),
  });
  addStoreReport<RequestActor>(server, {
    authenticate,
    maxBytes: MAX_REPORT_BYTES,
    takeReport: ({ session }, storeId, document, signature) => takeReport(gateway, session, storeId, { document, signature }),
  });
  addManifestDoor<RequestActor>(server, {
    authenticate,
    maxBytes: MAX_MANIFEST_BYTES,
    addManifest: ({ session }, input) => addManifest(gateway, session, input),
  });
  // When there is an answer, nothing more is read for it: a client that is slow to take it keeps no connection meanwhile.
  server.addHook('onSend', async (request) => sessions.get(request)?.release());
  return server;
}

async function takeReport({ now }: Gateway, session: Session | null, storeId: string, report: SignedReport) {
  if (session === null) throw new Error('The actor of a store has a session.');
  return outcomeOf(async () => {
    const { readAt, platformVersion } = await session.transaction((em) => reportStore(em, storeId, report, now()));
    return { readAt: readAt.toString(), platformVersion };
  });
}

async function addManifest({ now }: Gateway, session: Session | null, input: ReleaseManifestInput) {
  if (session === null) throw new Error('An actor with scopes has a session.');
  return outcomeOf(async () => {
    const { digest, files, recordedAt } = await session.transaction((em) => addReleaseManifest(em, input, now()));
    return { digest, fileCount: files.length, recordedAt: recordedAt.toString() };
  });
}

function authenticator(config: Config, gateway: Gateway, sessions: WeakMap<FastifyRequest, Session>): Authenticate<RequestActor> {
  const { jwt } = config;
  const verify =
    jwt === null ? null : jwtVerifier({ issuer: jwt.issuer, audience: jwt.audience, keys: jwt.jwksUrl, algorithms: jwt.algorithms });
  return async (request, reply) => {
    const credential = readBearer(request.headers.authorization);
    const actingFor = request.headers[ACTING_FOR_HEADER];
    if (credential === null) return actingFor === undefined ? { ...ANONYMOUS, session: null } : { failure: 'MAY_NOT_ACT_FOR' };
    if (typeof credential !== 'string') return credential;
    const now = gateway.now();
    const claims = credential.startsWith('tnr_') || verify === null ? null : await verify(credential, now);
    if (!credential.startsWith('tnr_') && claims === null) return { failure: 'INVALID_CREDENTIAL' };
    const session = openSession(gateway.database);
    sessions.set(request, session);
    reply.raw.once('close', session.release);
    try {
      const actor =
        claims === null
          ? await authenticateToken(session, credential, gateway.tokenPepper, now)
          : await authenticateClaims(session, claims);
      if (actor !== null && actingFor === undefined) return { ...actor, session };
      const customer = actor?.kind === 'CUSTOMER' ? await actFor(session, actor, `${actingFor}`, now) : null;
      if (customer !== null) return { ...customer, session };
      session.release();
      if (actor !== null) return { failure: actor.kind === 'CUSTOMER' ? 'NOT_DELEGATED' : 'MAY_NOT_ACT_FOR' };
    } catch (error) {
      session.release();
      // A client that hung up while a connection was waited for ended its session by that, and hears no answer.
      if (reply.raw.closed) return { failure: 'INVALID_CREDENTIAL' };
      throw error;
    }
    session.release();
    return { failure: 'INVALID_CREDENTIAL' };
  };
}

/** The server of a process that only does jobs; it does not listen yet. */
export const buildWorkerServer = (config: Config, gateway: Gateway): FastifyInstance =>
  buildProbeServer({ config, readiness: () => readiness(gateway) });

const readiness = (gateway: Gateway) => ({
  database: databaseAnswers(gateway),
  migrations: isMigrated(gateway.database),
  jobs: areJobsInstalled(gateway.database.probe),
});

async function databaseAnswers({ database }: Gateway): Promise<boolean> {
  await database.probe.query('select 1');
  return true;
}
