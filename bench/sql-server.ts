import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import pg from 'pg';
import { answerParent } from './child.js';

export interface SqlServerStart {
  readonly databaseUrl: string;
  readonly tokenPepper: string;
  readonly poolSize: number;
}

/**
 * The yardstick: `node:http`, and for each question one prepared statement written for it alone, which looks the token up and fetches the
 * facts that the gateway decides from. It decides nothing, checks no shape, writes no log.
 */
const ASKER = `with asker as (
  select customer_id, store_id from access_token
  where digest = $1 and kind = any($2) and revoked_at is null and (expires_at is null or expires_at > now())
)`;

const RELEASES = `(select coalesce(json_agg(json_build_object('id', r.id, 'version', r.version, 'channel', r.channel, 'kind', r.kind,
    'published_at', r.published_at, 'withdrawn_at', r.withdrawn_at, 'compatibility', r.compatibility, 'changelog', r.changelog)
    order by r.version_sort_key desc), '[]')
  from release r where r.addon_id = a.id) as releases`;

const TERMS = `(select coalesce(json_agg(json_build_object('id', t.id, 'origin', t.origin, 'paid_at', t.paid_at, 'ordinal', t.ordinal,
    'anchored_on', t.anchored_on, 'months_from_anchor', t.months_from_anchor, 'starts_on', t.starts_on, 'ends_on', t.ends_on,
    'starts_at', t.starts_at, 'expires_at', t.expires_at) order by t.ordinal), '[]')
  from support_term t where t.purchase_id = p.id)`;

const ADDON = 'a.id, a.sku, a.package_name, a.module_name, a.name, a.platform, a.list_price_minor::text, a.currency_code';
const PURCHASE = `'id', p.id, 'group_id', p.group_id, 'policy_id', p.support_policy_version_id, 'list_price_minor', p.list_price_minor::text,
    'currency_code', p.currency_code, 'purchased_at', p.purchased_at, 'revoked_at', p.revoked_at, 'terms', ${TERMS}`;

interface Answerer {
  readonly name: string;
  readonly text: string;
  readonly kinds: readonly string[];
  readonly values: (body: Readonly<Record<string, unknown>>) => unknown[];
}

const ANSWERERS: Readonly<Record<string, Answerer>> = {
  '/check': {
    name: 'check',
    kinds: ['STORE'],
    text: `${ASKER}
      select ${ADDON}, ${RELEASES},
        (select coalesce(json_agg(json_build_object(${PURCHASE})), '[]')
          from purchase p
          where p.addon_id = a.id and p.customer_id = asker.customer_id and (p.group_id is null or p.group_id = (select group_id from store where id = asker.store_id))) as purchases
      from asker cross join addon a
      where (a.sku = any($3) or a.package_name = any($3) or a.module_name = any($3)) and a.platform = $4`,
    values: ({ codes, platform }) => [codes, platform],
  },
  '/access': {
    name: 'access',
    kinds: ['CUSTOMER'],
    text: `${ASKER}
      select ${ADDON}, ${RELEASES}, json_build_object(${PURCHASE}) as purchase
      from asker join purchase p on p.customer_id = asker.customer_id and p.id = $3 join addon a on a.id = p.addon_id`,
    values: ({ purchaseId }) => [purchaseId],
  },
  '/dashboard': {
    name: 'dashboard',
    kinds: ['CUSTOMER'],
    text: `${ASKER}
      select p.id, p.order_number, p.purchased_at, p.revoked_at, p.support_policy_version_id, a.sku, a.name, newest.version, newest.published_at,
        ${TERMS} as terms
      from asker
        cross join lateral (select * from purchase where customer_id = asker.customer_id order by purchased_at desc, id desc limit 21) p
        join addon a on a.id = p.addon_id
        left join lateral (
          select version, published_at from release where addon_id = a.id and withdrawn_at is null and channel = 'STABLE'
          order by version_sort_key desc limit 1
        ) newest on true
      order by p.purchased_at desc, p.id desc`,
    values: () => [],
  },
};

async function start({ databaseUrl, tokenPepper, poolSize }: SqlServerStart): Promise<string> {
  // Row-level security is on for everybody: this connection is told once that it may see all rows.
  const pool = new pg.Pool({ connectionString: databaseUrl, max: poolSize, options: '-c timezone=UTC -c tenure.sees=all' });
  const server = createServer(async (request, response) => {
    try {
      const answerer = ANSWERERS[request.url ?? ''];
      if (answerer === undefined) {
        response.writeHead(404).end();
        return;
      }
      const body = JSON.parse(await textOf(request));
      const token = (request.headers.authorization ?? '').replace('Bearer ', '');
      const digest = createHmac('sha256', tokenPepper).update(token).digest();
      const { name, text, kinds, values } = answerer;
      const { rows } = await pool.query({ name, text, values: [digest, kinds, ...values(body)] });
      if (rows.length === 0) response.writeHead(401).end();
      else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(rows));
    } catch {
      response.writeHead(500).end();
    }
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('A TCP server has a port.');
  return `http://127.0.0.1:${address.port}`;
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  return text;
}

answerParent<SqlServerStart, string>(start);
