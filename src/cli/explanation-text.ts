import type { Explanation } from '../use-cases/explain.js';
import { aligned, type Look, plain, type Tone, table } from './layout.js';
import { reasonLines } from './reason-text.js';

const VERDICT_TONES: Readonly<Record<string, Tone>> = {
  ENTITLED: 'GOOD',
  UP_TO_DATE: 'GOOD',
  UPDATE_AVAILABLE: 'GOOD',
  ACTIVE: 'GOOD',
  NOT_ENTITLED: 'BAD',
  EXPIRED: 'BAD',
  REVOKED: 'BAD',
  NONE: 'BAD',
};

/** An explanation for people: one section for each question, every reason in full. */
export function explanationLines(explanation: Explanation, look: Look): string[] {
  const section = (title: string, lines: readonly string[]) => ['', look('HEADING', title), ...lines];
  return [
    ...purchaseLines(explanation),
    ...section('Support terms', termLines(explanation, look)),
    ...section('Support', supportLines(explanation, look)),
    ...section(`After-sales service: ${explanation.afterSales.request}`, afterSalesLines(explanation, look)),
    ...section('Updates', updateLines(explanation, look)),
    ...section('Renewal', renewalLines(explanation, look)),
    ...section('Recorded decisions', decisionLines(explanation)),
  ];
}

function purchaseLines({ purchase, supportPolicy, store, askedAt }: Explanation): string[] {
  const { addon, customer, order } = purchase;
  return aligned([
    ['Purchase', purchase.id],
    ['Asked about', askedAt.toString()],
    ['Add-on', `${addon.sku}, ${addon.name} (${addon.platform})`],
    ['Customer', customer.name === null ? customer.email : `${customer.email}, ${customer.name}`],
    ['Order', `${order.shop} ${order.orderNumber}, line ${order.line}, unit ${order.unit}`],
    ['Purchased at', purchase.purchasedAt.toString()],
    ['List price', money(purchase.listPrice)],
    ['Paid', money(purchase.paid)],
    ['Advertised for', purchase.advertised],
    ...(purchase.revokedAt === null ? [] : [['Revoked at', `${purchase.revokedAt} (${purchase.revocation})`]]),
    ['Support policy', `${supportPolicy.name} version ${supportPolicy.version}, ${supportPolicy.title}`],
    ['Content hash', supportPolicy.contentHash],
    ['Stores', purchase.storeGroup ?? 'any of the customer’s'],
    ['Store runs', platformText(store)],
    ...store.sources.map((source) => ['Told by', sourceText(source)]),
    ['Installed', store.installedVersion ?? 'unknown'],
  ]);
}

function platformText({ platform, platformFrom, readAt, source, failure }: Explanation['store']): string {
  const reading = readAt === null ? 'never read' : `${source}, read at ${readAt}${failure === null ? '' : `: ${failure}`}`;
  if (platform === null) return `unknown (${reading})`;
  return platformFrom === 'STATED' ? `${platform} (as stated; ${reading})` : `${platform} (${reading})`;
}

function sourceText({ source, readAt, platformVersion, standing, because }: Explanation['store']['sources'][number]): string {
  return `${source} at ${readAt}: ${platformVersion ?? 'no version'}, ${standing}. ${because}`;
}

function termLines({ terms }: Explanation, look: Look): string[] {
  if (terms.length === 0) return ['  none'];
  const rows = terms.map((term) => [
    String(term.ordinal),
    term.origin,
    term.anchoredOn.toString(),
    `${term.startsOn} to ${term.endsOn}`,
    term.expiresAt.toString(),
    term.paidAt.toString(),
    `${term.order.shop} ${term.order.orderNumber}`,
  ]);
  return table(look, ['  #', 'ORIGIN', 'ANCHORED ON', 'DAYS, BOTH INCLUDED', 'EXPIRES AT', 'PAID AT', 'ORDER'], indented(rows));
}

const indented = (rows: readonly (readonly string[])[]): string[][] => rows.map(([first = '', ...rest]) => [`  ${first}`, ...rest]);

function supportLines({ support }: Explanation, look: Look): string[] {
  const { state, lastDay, expiresAt, daysLeft } = support;
  const rows = [
    ['last day', lastDay?.toString() ?? 'none'],
    ['expires at', expiresAt?.toString() ?? 'never began'],
    ...(daysLeft === null ? [] : [['days left', String(daysLeft)]]),
  ];
  return [`  ${toned(look, state)}`, ...aligned(rows, '  ')];
}

function afterSalesLines({ afterSales }: Explanation, look: Look): string[] {
  const { verdict, coverage, charge, reasons } = afterSales;
  return [`  ${toned(look, verdict)}, coverage ${coverage}, charge ${charge}`, ...reasonLines(reasons, look, '  ')];
}

function updateLines({ updates }: Explanation, look: Look): string[] {
  const { verdict, newest, newestPermitted, withheld, reasons } = updates;
  const named = (release: typeof newest) =>
    release === null ? 'none' : `${release.version} (${release.kind}, published at ${release.publishedAt}, for ${release.supports})`;
  return [
    `  ${toned(look, verdict)}`,
    ...aligned(
      [
        ['newest permitted', named(newestPermitted)],
        ['newest', named(newest)],
      ],
      '  ',
    ),
    ...reasonLines(reasons, look, '  '),
    ...withheld.flatMap((entry) => [`  withheld ${plain(named(entry.release))}`, ...reasonLines(entry.reasons, look, '    ')]),
  ];
}

function renewalLines({ renewal }: Explanation, look: Look): string[] {
  const { available, price, periods, startsOn, endsOn, expiresAt, reasons } = renewal;
  if (!available || price === null) return [`  ${look('BAD', 'NOT AVAILABLE')}`, ...reasonLines(reasons, look, '  ')];
  const rows = [
    ['price', `${money(price)} net for ${periods === 1 ? '1 period' : `${periods} periods`}`],
    ['days', `${startsOn} to ${endsOn}, both included`],
    ['expires at', String(expiresAt)],
  ];
  return [`  ${look('GOOD', 'AVAILABLE')}`, ...aligned(rows, '  '), ...reasonLines(reasons, look, '  ')];
}

function decisionLines({ decisions }: Explanation): string[] {
  if (decisions.length === 0) return ['  none'];
  return decisions.flatMap(({ kind, actor, decidedAt, supportPolicy, facts, decision }) => [
    ...aligned([[decidedAt.toString(), kind, `by ${actor}`, `${supportPolicy.name} version ${supportPolicy.version}`]], '  '),
    ...aligned(
      [
        ['facts', JSON.stringify(facts)],
        ['decision', JSON.stringify(decision)],
      ],
      '    ',
    ),
  ]);
}

const toned = (look: Look, word: string): string => look(VERDICT_TONES[word] ?? 'CAUTION', word);

const money = ({ amount, currencyCode }: Explanation['purchase']['paid']): string => `${amount} ${currencyCode}`;
