import { Field, Int, ObjectType } from 'type-graphql';
import {
  type ProbeFinding as CoreFinding,
  type StoreProbe as CoreProbe,
  FINDING_CODES,
  FINDING_SEVERITIES,
  type FindingCode,
  type FindingSeverity,
  PROBE_OUTCOMES,
  type ProbeOutcome,
} from '../use-cases/store-probe.js';
import { schemaEnum } from './enums.js';

export const ProbeOutcomeEnum = schemaEnum('StoreProbeOutcome', 'What trying a store came to.', PROBE_OUTCOMES, {
  WORKS: 'All that is needed works.',
  INCOMPLETE: 'The credentials are good, and something is missing.',
  REFUSED: 'What was given does not work, and will not by waiting.',
  NOT_REACHED: 'No answer could be had that tells; it may work later.',
} satisfies Record<ProbeOutcome, string>);
export const FindingSeverityEnum = schemaEnum('StoreFindingSeverity', 'What a finding means for the whole.', FINDING_SEVERITIES, {
  WORKS: 'It is as it should be.',
  ADVICE: 'It works, and would be better otherwise.',
  MISSING: 'It is needed and not there; the rest works.',
  FAILED: 'It does not work, and nothing after it was tried.',
} satisfies Record<FindingSeverity, string>);
export const FindingCodeEnum = schemaEnum('StoreFindingCode', 'What was found when a store was tried.', FINDING_CODES, {
  CREDENTIALS_GOOD: 'The credentials open the store.',
  CREDENTIALS_REFUSED: 'The store refuses the credentials, and does not say which part of them.',
  BEARER_REFUSED: 'Magento refuses the bearer token: most often they are switched off, and the four OAuth values work.',
  CONSUMER_UNKNOWN: 'Magento does not know the consumer key.',
  TOKEN_UNKNOWN: 'Magento does not know the access token.',
  SIGNATURE_INVALID: 'The signature does not fit: a secret is wrong, or the address that is signed.',
  KEY_MALFORMED: 'The webservice key does not have 32 characters.',
  KEY_UNKNOWN: 'The webservice key is unknown or switched off.',
  KEY_WITHOUT_RIGHTS: 'The credentials are good and have no right at all.',
  KEY_OF_ANOTHER_SHOP: 'The key is tied to another shop of the multistore.',
  WEBSERVICE_OFF: 'PrestaShop’s webservice is switched off.',
  AUTHORIZATION_STRIPPED: 'The web server does not pass the Authorization header on.',
  RIGHT_GRANTED: 'A right that is needed is granted.',
  RIGHT_MISSING: 'A right that is needed is not granted.',
  RIGHT_UNNEEDED: 'A right is granted that nothing needs; take it away.',
  VERSION_TOLD: 'The exact version is told.',
  VERSION_INEXACT: 'Only a part of the version is told.',
  VERSION_NOT_TOLD: 'No version is told.',
  MODULES_TOLD: 'The installed modules are told.',
  MODULES_NOT_TOLD: 'The installed modules are not told.',
  CLOCK_SKEWED: 'The clock of the store is more than a minute off.',
  TIME_ZONE_DOUBTFUL: 'In the zone that was given, the newest order would be of the future.',
  ADDRESS_REFUSED: 'The address is not one that may be reached.',
  REDIRECTED: 'The address leads to another one, which is to be given instead.',
  ANSWERS_HTML: 'A page answers in the place of the API: maintenance, a wrong path or a password of the web server.',
  TLS_FAULT: 'The certificate is not good for the address.',
  UNREACHABLE: 'No connection could be made.',
  TOO_SLOW: 'No complete answer came in time.',
  UNAVAILABLE: 'The store is overloaded, in maintenance, or rests after failures.',
  UNEXPECTED_REPLY: 'Something else answers than the platform’s API.',
} satisfies Record<FindingCode, string>);

@ObjectType('StoreProbeFinding', { description: 'One thing that was found when a store was tried.' })
export class StoreProbeFinding implements CoreFinding {
  @Field(() => FindingCodeEnum, { description: 'What, for programs.' })
  code!: FindingCode;

  @Field(() => FindingSeverityEnum, { description: 'What it means for the whole.' })
  severity!: FindingSeverity;

  @Field(() => String, { description: 'What was found and what to do about it, in words that a shopkeeper can act on.' })
  message!: string;

  @Field(() => String, {
    nullable: true,
    description: 'The right that is meant, as the platform names it: "Magento_Sales::actions_view", "order_slip"; null where none is.',
  })
  right!: string | null;
}

@ObjectType({ description: 'What was found when a store was tried: each thing that is needed, and what is more than needed.' })
export class StoreProbe implements CoreProbe {
  @Field(() => ProbeOutcomeEnum, { description: 'What it came to.' })
  outcome!: ProbeOutcome;

  @Field(() => [StoreProbeFinding], { description: 'In the order in which they were tried; at most a few dozen.' })
  findings!: readonly CoreFinding[];

  @Field(() => String, {
    nullable: true,
    description: 'The version for people, such as "2.4 (patch unknown)"; null where it was not told.',
  })
  platformVersion!: string | null;

  @Field(() => Int, { nullable: true, description: 'By how much the store’s clock is ahead of ours; null where it was not told.' })
  clockSkewSeconds!: number | null;
}
