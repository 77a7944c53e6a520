import type { AfterSalesRequest } from '../policy/support-policy.js';
import * as deeds from './desk-deeds.js';
import { ALICE, BOB, CARLA, DINA, EMIL, type Person } from './people.js';

/** A ticket of the demonstration, from its opening to where it stands at the first start. */
export interface Story {
  readonly name: string;
  readonly who: Person;
  /** SKU of the licence that it is about; null: work on the customer's project alone. */
  readonly sku: string | null;
  /** Whether the work may take prepaid time of the customer's project. */
  readonly onProject: boolean;
  readonly request: AfterSalesRequest;
  readonly subject: string;
  readonly description: string;
  /** Days before the first start, as all moments of a story. */
  readonly openedDaysAgo: number;
  readonly moments: readonly (readonly [daysAgo: number, ...deeds: deeds.Deed[]])[];
}

/** What the fault is called that a release of Feed Export fixes. */
export const FEED_FAULT = { sku: 'MG-FEEDS', reference: 'FEED-112', summary: 'The feed stops at products without a picture.' };
export const FEED_FIX_DAYS_AGO = 20;

const WORK = { sku: null, onProject: true, request: 'STORE_INTERVENTION' } as const;
const FAULT = { onProject: false, request: 'CORRECTION' } as const;
const { access, accept, agree, answer, ask, claim, classify, classifyFault, deliver, log, refuse, supply, withdraw } = deeds;
const BOTH = ['ADMIN_PANEL', 'FILES'] as const;

/** Under the conditions with corrections: nothing is charged, and a correction that is missed is paid back. */
const TECHNICAL: readonly Story[] = [
  {
    name: 'missed',
    ...{ ...FAULT, who: ALICE, sku: 'MG-SEARCH', openedDaysAgo: 56 },
    subject: 'Searches with an apostrophe are not counted',
    description: 'Searches such as "l\'atelier" are missing in the report of the week.',
    moments: [
      [55.8, classifyFault(), answer('We see it in your report, too, and are looking for the cause.')],
      [55.5, claim()],
      [50.5, ask('Which search engine does the store use?', 'search engine')],
      [46.5, supply('search engine', 'OpenSearch 2.12')],
      [40.1, log(150, 'Reproduced with OpenSearch; the count is lost in its tokenizer.')],
      [0.1, deeds.timePasses()],
    ],
  },
  {
    name: 'corrected',
    ...{ ...FAULT, who: ALICE, sku: 'MG-CHECKOUT', openedDaysAgo: 31 },
    subject: 'A required field may be left empty',
    description: 'The field for the tax number is required, and orders come in without it.',
    moments: [
      [30.8, answer('Thank you, that should not be possible.'), classifyFault()],
      [30.5, claim(), log(35, 'The rule of the field was limited to one store view.')],
      [30.1, deliver([35], { confirmation: 'An order without the number is refused on your store since the rule is global.' })],
      [29.2, accept('Works.')],
    ],
  },
  {
    name: 'withdrawn-fault',
    ...{ ...FAULT, who: CARLA, sku: 'MG-STOCK', openedDaysAgo: 15 },
    subject: 'No alerts since Monday',
    description: 'Customers get no alert when a product is back.',
    moments: [
      [14.8, classifyFault()],
      [14.5, withdraw('Our mail server was down. Sorry!')],
    ],
  },
  {
    name: 'term-over',
    ...{ ...FAULT, who: ALICE, sku: 'MG-STOCK', openedDaysAgo: 9 },
    subject: 'Alerts in the wrong language',
    description: 'French customers get alerts in English.',
    moments: [[8.8, refuse('Support for this licence has ended. Renewing it makes the correction owed from then on.')]],
  },
  {
    name: 'to-check',
    ...{ ...FAULT, who: ALICE, sku: 'MG-CHECKOUT', openedDaysAgo: 7 },
    subject: 'The gift message is cut off',
    description: 'Gift messages end after 60 characters.',
    moments: [
      [6.9, classifyFault()],
      [6.5, claim(), log(20, 'Raised the length of the field.')],
      [0.5, deliver([20], { confirmation: 'A message of 250 characters is on test order 000000412.' })],
    ],
  },
  {
    name: 'asked-fault',
    ...{ ...FAULT, who: ALICE, sku: 'PS-SHIPPING', openedDaysAgo: 5 },
    subject: 'Rule for islands is ignored',
    description: 'Orders to Corsica are sent at the price of the mainland.',
    moments: [
      [4.9, classifyFault()],
      [4.5, ask('Which postcodes are in the zone of the rule?', 'postcodes')],
    ],
  },
  {
    name: 'queued-fault',
    ...{ ...FAULT, who: BOB, sku: 'MG-CHECKOUT', openedDaysAgo: 2 },
    subject: 'Fields vanish with express payment',
    description: 'With express payment the extra fields are not shown.',
    moments: [[1.9, classifyFault()]],
  },
  {
    name: 'queued-islands',
    ...{ ...FAULT, who: EMIL, sku: 'PS-SHIPPING', openedDaysAgo: 1.6 },
    subject: 'Weights are rounded down',
    description: 'A parcel of 2.9 kg is priced as one of 2 kg.',
    moments: [[1.5, classifyFault()]],
  },
  {
    name: 'repeated-fault',
    ...{ ...FAULT, who: BOB, sku: 'MG-CHECKOUT', openedDaysAgo: 1.1 },
    subject: 'Fields vanish with express payment',
    description: 'With express payment the extra fields are not shown.',
    moments: [],
  },
  {
    name: 'question',
    ...{ onProject: false, request: 'ADVICE', who: ALICE, sku: 'MG-QUOTES', openedDaysAgo: 0.2 },
    subject: 'Quotes in two currencies?',
    description: 'Can a quote show prices in euros and in francs?',
    moments: [],
  },
];

/** Under the conditions with prepaid time: the estimate is reserved before the work, and what was logged is charged. */
const PREPAID: readonly Story[] = [
  {
    name: 'installed',
    ...{ ...WORK, who: ALICE, openedDaysAgo: 38 },
    subject: 'Install Feed Export',
    description: 'Please install Feed Export on our production store.',
    moments: [
      [37.9, classify('INSTALL', 'S'), agree('The feed of the default store view is written every night.'), ...access(...BOTH)],
      [37.5, claim(), log(15, 'Installed with Composer.'), log(13, 'Set up the nightly feed.')],
      [37.4, deliver([15, 13])],
      [36.8, accept('The first feed is there, thank you.')],
    ],
  },
  {
    name: 'own-fault',
    ...{ ...WORK, who: ALICE, sku: 'MG-FEEDS', openedDaysAgo: 35 },
    subject: 'The feed stops half-way',
    description: 'Since last night the feed has 1,200 of 4,000 products.',
    moments: [
      [34.9, classify('CONFLICT', 'S'), agree('The feed has all products.'), ...access(...BOTH)],
      [34.5, claim(), log(50, 'Left out the products at which it stopped; they have no picture.')],
      [34.4, deliver([50])],
      [33.9, accept('Complete again.')],
      [28, deeds.reports(FEED_FAULT.sku, FEED_FAULT.reference)],
    ],
  },
  {
    name: 'not-taken-on',
    ...{ ...WORK, who: CARLA, request: 'CUSTOM_DEVELOPMENT', openedDaysAgo: 20 },
    subject: 'A configurator for vases',
    description: 'Could you write a configurator in which customers draw on a vase?',
    moments: [[19.5, refuse('We develop add-ons, and take on no developments for single stores.')]],
  },
  {
    name: 'withdrawn-work',
    ...{ ...WORK, who: CARLA, openedDaysAgo: 16 },
    subject: 'Move to the new server',
    description: 'Please move the add-ons to our new server.',
    moments: [
      [15.9, classify('INSTALL', 'L')],
      [15.2, withdraw('Our host does it.')],
    ],
  },
  {
    name: 'given-up',
    ...{ ...WORK, who: CARLA, openedDaysAgo: 13 },
    subject: 'Old theme hides the gift box',
    description: 'Our old theme hides the box for gift messages.',
    moments: [
      [12.9, classify('CONFLICT', 'S'), agree('The box is shown.'), ...access(...BOTH)],
      [12.5, claim(), log(90, 'The theme replaces half of the checkout.')],
      [11.8, deeds.giveUp()],
    ],
  },
  {
    name: 'under-warranty',
    ...{ ...WORK, who: ALICE, openedDaysAgo: 10 },
    subject: 'Two sliders fight',
    description: 'The slider of the theme and that of Feed Export load two versions of one library.',
    moments: [
      [9.9, classify('CONFLICT', 'M'), agree('Both sliders turn on the start page.'), ...access(...BOTH)],
      [9.5, claim(), log(70, 'Made both load one version.'), log(30, 'Tried on phones.')],
      [4.2, deliver([70, 30])],
      [3.8, accept('Fine!')],
      [1, deeds.claimOnWarranty('One slider stands still again', 'On phones the second slider does not turn.')],
    ],
  },
  {
    name: 'handed-over',
    ...{ ...WORK, who: ALICE, openedDaysAgo: 6 },
    subject: 'Install Privacy Desk',
    description: 'Please install Privacy Desk, with the form in the footer.',
    moments: [
      [5.9, classify('INSTALL', 'M'), agree('The form is in the footer of every page.'), ...access(...BOTH)],
      [5.5, claim(), log(40, 'Installed, and put the form into the footer.')],
      [0.4, deliver([40])],
    ],
  },
  {
    name: 'beyond-limit',
    ...{ ...WORK, who: ALICE, openedDaysAgo: 4 },
    subject: 'Conflict with the cookie banner',
    description: 'With our cookie banner the feed has no prices.',
    moments: [
      [3.9, classify('CONFLICT', 'S'), agree('The feed has prices while the banner is on.'), ...access(...BOTH)],
      [3.5, claim(), log(60, 'The banner wraps all prices.')],
      [0.8, log(32, 'Tried two ways around it.')],
    ],
  },
  {
    name: 'short-of-time',
    ...{ ...WORK, who: DINA, openedDaysAgo: 3.3 },
    subject: 'Chat Desk and the new theme',
    description: 'In the new theme the chat covers the basket.',
    moments: [
      [3.2, classify('CONFLICT', 'L'), agree('Chat and basket are both usable.'), ...access(...BOTH)],
      [2.8, claim()],
    ],
  },
  {
    name: 'being-done',
    ...{ ...WORK, who: ALICE, openedDaysAgo: 3 },
    subject: 'Feed for the Swiss store view',
    description: 'Please set up a second feed, in francs.',
    moments: [
      [2.9, classify('INSTALL', 'S'), agree('A feed in francs is written every night.'), ...access(...BOTH)],
      [2.7, claim()],
      [0.3, log(12, 'Made the second profile.')],
    ],
  },
  {
    name: 'asked-work',
    ...{ ...WORK, who: CARLA, openedDaysAgo: 2.5 },
    subject: 'Slow category pages',
    description: 'Category pages are slow since spring.',
    moments: [[2.2, ask('Which page, and how slow is it?', 'page', 'seconds')]],
  },
  {
    name: 'no-access',
    ...{ ...WORK, who: ALICE, openedDaysAgo: 1.5 },
    subject: 'Install Order Notes',
    description: 'Please install Order Notes on the staging store.',
    moments: [
      [1.4, classify('INSTALL', 'S')],
      [1.3, deeds.requestAccess('Please send a login for the staging store.', ...BOTH)],
    ],
  },
  {
    name: 'queued-work',
    ...{ ...WORK, who: CARLA, openedDaysAgo: 1.2 },
    subject: 'Two newsletter boxes',
    description: 'The start page shows two boxes for the newsletter.',
    moments: [[1.1, classify('CONFLICT', 'S')]],
  },
  {
    name: 'repeated-work',
    ...{ ...WORK, who: CARLA, openedDaysAgo: 0.6 },
    subject: 'Two newsletter boxes',
    description: 'The start page shows two boxes for the newsletter.',
    moments: [],
  },
  {
    name: 'just-in',
    ...{ ...WORK, who: CARLA, openedDaysAgo: 0.1 },
    subject: 'Before the holidays',
    description: 'Could somebody look at the store before the holidays?',
    moments: [],
  },
];

export const STORIES: readonly Story[] = [...TECHNICAL, ...PREPAID];
