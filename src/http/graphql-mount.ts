import { ApolloServer, type ApolloServerPlugin, type GraphQLRequestContext } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { FastifyBaseLogger, FastifyInstance, FastifyRequest } from 'fastify';
import { GraphQLError, type GraphQLFormattedError, type GraphQLSchema } from 'graphql';
import { causeOf, ERROR_STATUS, errorCode, errorStatus, formatError, shortened, withoutUnsentNames } from '../graphql/error-format.js';
import { refuseHostileOperation } from '../graphql/operation-admission.js';
import { OPERATION_LIMITS, refuseLongText } from '../graphql/operation-limits.js';
import { type Asker, type Authenticate, identify } from './authentication.js';

/** What is known of a request before its GraphQL is read. */
export interface RequestFrame<TActor extends Asker> {
  readonly actor: TActor;
  readonly requestId: string;
  readonly log: FastifyBaseLogger;
}

export type MakeContext<TActor extends Asker> = (frame: RequestFrame<TActor>) => Promise<object>;

interface MountOptions<TActor extends Asker> {
  readonly schema: GraphQLSchema;
  readonly authenticate: Authenticate<TActor>;
  readonly makeContext: MakeContext<TActor>;
  readonly development: boolean;
  readonly isOutage: (error: unknown) => boolean;
}

/** The context of every operation: what `makeContext` made, and the frame that the plugins need. */
interface MountedContext {
  readonly frame: RequestFrame<Asker>;
  readonly logged: FastifyRequest['logged'];
}

/** Serves the schema at POST `/graphql`, and GET for queries of clients that pass Apollo's CSRF check. */
export async function mountGraphql<TActor extends Asker>(server: FastifyInstance, options: MountOptions<TActor>): Promise<void> {
  const apollo = new ApolloServer<MountedContext>({
    schema: options.schema,
    nodeEnv: 'production',
    introspection: true, // decided for each request, by the plugin below
    hideSchemaDetailsFromClientErrors: true,
    includeStacktraceInErrorResponses: false,
    persistedQueries: false,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    parseOptions: { maxTokens: OPERATION_LIMITS.tokens },
    maxRecursiveSelections: OPERATION_LIMITS.recursiveSelections,
    validationOptions: { maxErrors: OPERATION_LIMITS.reportedErrors },
    executionOptions: { maxCoercionErrors: OPERATION_LIMITS.reportedErrors },
    stopOnTerminationSignals: false,
    logger: quietLogger(server.log),
    formatError: (formatted, error) => formatError(formatted, error, options),
    plugins: [
      ApolloServerPluginCacheControlDisabled(), // every answer is no-store, and it would watch each field being resolved
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      admission(options),
    ],
  });
  await apollo.start();
  server.addHook('onClose', () => apollo.stop());

  const actors = new WeakMap<FastifyRequest, TActor>();
  server.route({
    method: ['GET', 'POST'],
    url: '/graphql',
    exposeHeadRoute: false,
    preHandler: identify(options.authenticate, (request, actor) => actors.set(request, actor)),
    handler: fastifyApolloHandler(apollo, {
      context: async (request) => {
        const actor = actors.get(request);
        if (actor === undefined) throw new Error('a request reached GraphQL without its actor');
        refuseLongText(sentText(request));
        const frame = { actor, requestId: request.id, log: request.log };
        return { ...(await madeContext(frame, options)), frame, logged: request.logged };
      },
    }),
  });
}

function sentText(request: FastifyRequest): unknown {
  const source = request.method === 'GET' ? request.query : request.body;
  return typeof source === 'object' && source !== null && 'query' in source ? source.query : undefined;
}

/** A context that cannot be made is told as an outage or masked, with the request's id; Apollo would prefix and tell the driver's text. */
async function madeContext<TActor extends Asker>(frame: RequestFrame<TActor>, options: MountOptions<TActor>): Promise<object> {
  try {
    return await options.makeContext(frame);
  } catch (error) {
    frame.log.error({ err: error }, 'context not made');
    const code = errorCode(error, options);
    throw new GraphQLError('context not made', {
      extensions: { code, http: { status: ERROR_STATUS[code] } },
    });
  }
}

/** Refuses hostile operations before a resolver runs, logs what is masked, and keeps the schema's names from those who may not ask for them. */
function admission({ development, isOutage }: Pick<MountOptions<Asker>, 'development' | 'isOutage'>): ApolloServerPlugin<MountedContext> {
  const mayIntrospect = ({ actor }: RequestFrame<Asker>): boolean => development || actor.kind === 'STAFF';
  return {
    async unexpectedErrorProcessingRequest({ requestContext, error }) {
      requestContext.contextValue.frame.log.error({ err: error }, 'GraphQL failed');
    },
    async requestDidStart() {
      return {
        async didResolveOperation({ schema, document, operation, operationName, request, contextValue }) {
          if (operationName !== null) contextValue.logged.operationName = operationName;
          // Undefined when the name fits none: Apollo refuses that itself, after this step.
          if (operation === undefined) return;
          refuseHostileOperation({
            schema,
            document,
            operation,
            variables: request.variables ?? {},
            mayIntrospect: mayIntrospect(contextValue.frame),
          });
        },
        async didEncounterErrors({ errors, contextValue }) {
          for (const error of errors) {
            const code = errorCode(error, { isOutage });
            if (code !== 'INTERNAL_SERVER_ERROR' && code !== 'SERVICE_UNAVAILABLE') continue;
            contextValue.frame.log.error({ err: causeOf(error), path: error.path?.join('.') }, 'resolver failed');
          }
        },
        async willSendResponse({ response, request, operation, contextValue }) {
          const { body, http } = response;
          if (body.kind !== 'single' || body.singleResult.errors === undefined) return;
          const { errors, data } = body.singleResult;
          const sent = mayIntrospect(contextValue.frame) ? null : textOf(request);
          body.singleResult.errors = errors.map((error) => told(error, sent, contextValue.frame.requestId));
          if (data === undefined || data === null) http.status = statusWithoutData(http.status, errors);
          // What was done is answered as done, whatever is refused of what was asked about it: it may hold a secret that is shown this once.
          else if (operation?.operation === 'mutation' && Object.values(data).some((value) => value !== null)) http.status = 200;
        },
      };
    },
  };
}

/** Apollo's own status stands where it already says 4xx (405 for a mutation by GET); 200 without data would hide a failure. */
function statusWithoutData(status: number | undefined, errors: readonly GraphQLFormattedError[]): number {
  return status !== undefined && status >= 400 && status < 500 ? status : errorStatus(errors);
}

function told(error: GraphQLFormattedError, sent: string | null, requestId: string): GraphQLFormattedError {
  const hides = sent !== null && namesTheSchema(error);
  const message = shortened(hides ? withoutUnsentNames(error.message, sent) : error.message);
  return { ...error, message, extensions: { ...error.extensions, requestId } };
}

/** Whether GraphQL itself wrote the message: about a document, or about a variable, that does not fit the schema. Refusals of ours say what they mean to. */
function namesTheSchema({ message, extensions }: GraphQLFormattedError): boolean {
  if (extensions?.code === 'GRAPHQL_VALIDATION_FAILED') return true;
  return extensions?.code === 'BAD_USER_INPUT' && message.startsWith('Variable "$');
}

function textOf({ query, variables }: GraphQLRequestContext<MountedContext>['request']): string {
  return `${query ?? ''} ${JSON.stringify(variables ?? {})}`;
}

/** Apollo's lines quote errors in full; the lines that matter are written by the plugin. */
function quietLogger(log: FastifyBaseLogger) {
  const line = (level: 'debug' | 'info' | 'warn' | 'error') => () => log[level]('a line of Apollo Server');
  return { debug: () => undefined, info: line('info'), warn: line('warn'), error: line('error') };
}
