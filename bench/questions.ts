import { toGlobalId } from '../src/use-cases/global-id.js';
import type { BenchCustomer } from './dataset.js';

export const QUESTIONS = ['updateCheck of 1 add-on', 'updateCheck of 20 add-ons', 'updateAccess', 'dashboard of 20 purchases'] as const;
export type QuestionName = (typeof QUESTIONS)[number];

export interface HttpQuestion {
  readonly path: string;
  readonly authorization: string;
  readonly body: string;
}

/** One question as each of the servers wants to be asked it. */
export interface Question {
  readonly graphql: HttpQuestion;
  readonly sql: HttpQuestion;
}

const CHECK = `{
  updateCheck(input: $input) {
    checkedAt
    nextCheckAfter
    results {
      code
      installedVersion
      access {
        verdict
        reasons { code message remedy }
        newestPermitted { version publishedAt }
        newest { version }
        renewalQuote { price { amount currencyCode } expiresAt }
      }
    }
  }
}`;

/** By the name of the operation, so that a server that knows only constants can tell them apart. */
export const DOCUMENTS: Readonly<Record<QuestionName, { readonly operationName: string; readonly query: string }>> = {
  'updateCheck of 1 add-on': { operationName: 'CheckOne', query: `query CheckOne($input: UpdateCheckInput!) ${CHECK}` },
  'updateCheck of 20 add-ons': { operationName: 'CheckTwenty', query: `query CheckTwenty($input: UpdateCheckInput!) ${CHECK}` },
  updateAccess: {
    operationName: 'Access',
    query: `query Access($input: UpdateAccessInput!) {
  updateAccess(input: $input) {
    verdict
    reasons { code message remedy facts { name value } }
    newestPermitted { version kind publishedAt changelog { kind summary } }
    newest { version }
    withheld { release { version } reasons { code } }
    renewalQuote { price { amount currencyCode } endsOn expiresAt }
  }
}`,
  },
  'dashboard of 20 purchases': {
    operationName: 'Dashboard',
    query: `query Dashboard {
  purchases(first: 20) {
    edges {
      node {
        id
        purchasedAt
        order { orderNumber }
        addon { sku name newestRelease { version publishedAt } }
        supportTerms { ordinal startsOn endsOn expiresAt origin }
        support { state lastDay daysLeft }
      }
    }
    pageInfo { hasNextPage endCursor }
  }
}`,
  },
};

/** At most `count` questions, each of another customer: no row is asked for twice in a row. */
export function questionsOf(name: QuestionName, customers: readonly BenchCustomer[], count: number): Question[] {
  const askers = name === 'dashboard of 20 purchases' ? customers.filter(({ purchases }) => purchases.length >= 20) : customers;
  return spread(askers, count).map((customer, number) => questionOf(name, customer, number));
}

function questionOf(name: QuestionName, customer: BenchCustomer, number: number): Question {
  const { addons, purchases } = customer;
  const platform = addons[0]?.platform ?? 'MAGENTO';
  const platformVersion = platform === 'MAGENTO' ? '2.4.7-p3' : '9.0.2';
  const installedOf = (addon: BenchCustomer['addons'][number]) => addon.versions[number % addon.versions.length] ?? '1.0.0';
  const purchase = purchases[number % purchases.length];
  if (purchase === undefined) throw new RangeError('Every customer has bought something.');
  switch (name) {
    case 'updateCheck of 1 add-on':
    case 'updateCheck of 20 add-ons': {
      const asked = name === 'updateCheck of 1 add-on' ? [purchase.addon] : addons.slice(0, 20);
      const installed = asked.map((addon) => ({ code: addon.code, installedVersion: installedOf(addon) }));
      return {
        graphql: graphql(name, customer.storeToken, { input: { addons: installed, platform, platformVersion } }),
        sql: sql('/check', customer.storeToken, { codes: installed.map(({ code }) => code), platform }),
      };
    }
    case 'updateAccess': {
      const input = { purchaseId: toGlobalId('Purchase', purchase.id), installedVersion: installedOf(purchase.addon), platformVersion };
      return {
        graphql: graphql(name, customer.customerToken, { input }),
        sql: sql('/access', customer.customerToken, { purchaseId: purchase.id }),
      };
    }
    case 'dashboard of 20 purchases':
      return { graphql: graphql(name, customer.customerToken, {}), sql: sql('/dashboard', customer.customerToken, {}) };
  }
}

function graphql(name: QuestionName, token: string, variables: object): HttpQuestion {
  return { path: '/graphql', authorization: `Bearer ${token}`, body: JSON.stringify({ ...DOCUMENTS[name], variables }) };
}

const sql = (path: string, token: string, body: object): HttpQuestion => ({
  path,
  authorization: `Bearer ${token}`,
  body: JSON.stringify(body),
});

function spread<Item>(items: readonly Item[], count: number): Item[] {
  const step = Math.max(1, Math.floor(items.length / count));
  return items.filter((_, index) => index % step === 0).slice(0, count);
}
