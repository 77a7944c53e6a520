import { ApolloServer } from '@apollo/server';
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import Fastify from 'fastify';
import { buildSchema, type DocumentNode, Kind } from 'graphql';
import { buildGraphqlSchema, schemaText } from '../src/graphql/schema.js';
import { answerParent } from './child.js';

/** Answers by the name of the operation: what the gateway itself once answered. */
export type ConstantAnswers = Readonly<Record<string, unknown>>;

/**
 * What Apollo Server on Fastify costs before anybody does anything: our schema without our resolvers, the same documents, constant answers.
 * It knows no token, no database, no limit and no log.
 */
async function start(answers: ConstantAnswers): Promise<string> {
  const operationName = ({ definitions }: DocumentNode): string =>
    definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION)?.name?.value ?? '';
  const apollo = new ApolloServer({
    schema: buildSchema(schemaText(buildGraphqlSchema())),
    rootValue: (document: DocumentNode) => answers[operationName(document)],
    nodeEnv: 'production',
    stopOnTerminationSignals: false,
    plugins: [ApolloServerPluginLandingPageDisabled()],
  });
  await apollo.start();
  const server = Fastify();
  server.post('/graphql', fastifyApolloHandler(apollo));
  return server.listen({ port: 0, host: '127.0.0.1' });
}

answerParent<ConstantAnswers, string>(start);
