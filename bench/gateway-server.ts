import { openGateway } from '../src/app.js';
import { buildHttpServer } from '../src/server.js';
import { answerParent } from './child.js';

export type GatewayQuestion =
  | { readonly kind: 'START'; readonly databaseUrl: string; readonly tokenPepper: string; readonly poolSize: number }
  /** How many statements went to the database so far. */
  | { readonly kind: 'COUNT' }
  /** What went to the database since this was asked last, from the first time on. */
  | { readonly kind: 'SENT' };

/** A statement as it went to the database; bytes are written as the database reads them. */
export interface SentStatement {
  readonly name?: string;
  readonly text: string;
  readonly values: readonly unknown[];
}

let sent = 0;
let recorded: SentStatement[] | null = null;

function record(statement: string | SentStatement): void {
  const { name, text, values = [] } = typeof statement === 'string' ? { text: statement } : statement;
  const told = values.map((value) => (Buffer.isBuffer(value) ? `\\x${value.toString('hex')}` : value));
  recorded?.push({ ...(name === undefined ? {} : { name }), text, values: told });
}

/** The gateway as an operator runs it, log lines of every request included. Answers with its address, then with counts. */
async function start({ databaseUrl, tokenPepper, poolSize }: GatewayQuestion & { kind: 'START' }): Promise<string> {
  const config = {
    port: 0,
    host: '127.0.0.1',
    databaseUrl,
    logLevel: 'info',
    allowedHosts: [],
    allowedNetworks: [],
    allowedPorts: [],
    allowedHostsOfCustomers: [],
    jwt: null,
    development: false,
    // Statements that wait for a lock on a slow machine are part of what is measured.
    statementTimeoutMs: 60_000,
    poolSize,
    trustProxy: false,
    shutdownGraceMs: 1_000,
    worker: false,
    tokenPepper,
    secretKey: Buffer.alloc(32),
  } as const;
  const gateway = await openGateway(config);
  // Counted where they leave the process, so that statements which a session sends for its own sake count as well.
  const counted = new WeakSet<object>();
  gateway.database.pool.on('acquire', (client) => {
    if (counted.has(client)) return;
    counted.add(client);
    client.query = new Proxy(client.query, {
      apply(query, _, values) {
        sent += 1;
        record(values[0]);
        return Reflect.apply(query, client, values);
      },
    });
  });
  const server = await buildHttpServer(config, gateway);
  return server.listen({ port: 0, host: config.host });
}

function told(): SentStatement[] {
  const statements = recorded ?? [];
  recorded = [];
  return statements;
}

answerParent<GatewayQuestion, string | number | SentStatement[]>(async (question) => {
  switch (question.kind) {
    case 'START':
      return start(question);
    case 'COUNT':
      return sent;
    case 'SENT':
      return told();
  }
});
