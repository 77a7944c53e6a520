import type { DemoTokens } from './local-state.js';

interface Question {
  readonly title: string;
  readonly actor: keyof DemoTokens;
  readonly query: string;
}

/** Some of the questions that the gateway is for, each asked by the actor that would ask it. */
const QUESTIONS: readonly Question[] = [
  {
    title: 'A store’s plugin asks: may these be updated?',
    actor: 'store',
    query: `{ updateCheck(input: { platform: MAGENTO, platformVersion: "2.4.7-p3", addons: [{ code: "orbis/checkout-fields", installedVersion: "1.1.0" }, { code: "orbis/stock-alerts", installedVersion: "1.0.1" }] }) { results { code access { verdict newestPermitted { version } reasons { code message } } } } }`,
  },
  {
    title: 'A customer’s dashboard asks: what do I have, and how long is it supported?',
    actor: 'customer',
    query: `{ viewer { customer { email purchases(first: 3) { edges { node { addon { name } support { state lastDay daysLeft } renewalQuote { available price { amount currencyCode } endsOn } } } } } } }`,
  },
  {
    title: 'A partner asks: what would renewing cost?',
    actor: 'partner',
    query: `{ purchases(first: 1, filter: { sku: "MG-SEARCH" }) { edges { node { id order { orderNumber } renewalQuote(periods: 2) { price { amount currencyCode } endsOn reasons { code rule clause message } } } } } }`,
  },
  {
    title: 'A customer asks: what became of my report, and how many minutes are left?',
    actor: 'customer',
    query: `{ ticket(number: 1) { subject clocks { kind state dueAt } refundOffer { amount { amount currencyCode } closesAt } } viewer { customer { timeLedger { availableMinutes heldMinutes } } } }`,
  },
];

/** What a newcomer reads at the end of the start: where it runs, the tokens, and questions with the answers they give right now. */
export async function introduction(url: string, tokens: DemoTokens): Promise<string> {
  const parts = [`Tenure answers at ${url}/graphql\n\nTokens (also in .data/demo.json):`];
  for (const [actor, token] of Object.entries(tokens)) parts.push(`  ${actor.padEnd(9)}${token}`);
  for (const { title, actor, query } of QUESTIONS) {
    const body = JSON.stringify({ query });
    const answer = await ask(`${url}/graphql`, tokens[actor], body);
    parts.push(
      `\n${title}\n\ncurl -s ${url}/graphql -H 'content-type: application/json' -H 'authorization: Bearer ${tokens[actor]}' -d '${body}'\n\n${answer}`,
    );
  }
  return `${parts.join('\n')}\n`;
}

async function ask(url: string, token: string, body: string): Promise<string> {
  const reply = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body,
  });
  return JSON.stringify(await reply.json());
}
