import { FieldResolver, Int, ObjectType, Resolver, Root } from 'type-graphql';
import type { Reason as CoreReason } from '../policy/reason.js';
import type { RenewalQuote as CoreQuote } from '../policy/renewal.js';
import type { UpdateAnswer } from '../use-cases/update-access.js';
import { Money, money } from './money.js';
import { Reason } from './reason.js';
import { Release, type ReleaseRoot } from './release.js';
import { DateScalar, DateTimeScalar } from './scalars.js';

/** A quote, and how to find out which releases it would unlock. */
export interface RenewalQuoteRoot {
  readonly quote: CoreQuote;
  readonly access: () => Promise<UpdateAnswer>;
}

@ObjectType({
  description: 'What renewing support would cost, and until when it would last. A quote binds nobody; ask again before charging.',
})
export class RenewalQuote {}

@Resolver(() => RenewalQuote)
export class RenewalQuoteResolver {
  @FieldResolver(() => Boolean, { description: 'Whether it can be renewed.' })
  available(@Root() { quote }: RenewalQuoteRoot): boolean {
    return quote.available;
  }

  @FieldResolver(() => [Reason], { description: 'Why, or why not; never empty.' })
  reasons(@Root() { quote }: RenewalQuoteRoot): readonly CoreReason[] {
    return quote.reasons;
  }

  @FieldResolver(() => Money, { nullable: true, description: 'Net price of all the periods; null when it cannot be renewed.' })
  price(@Root() { quote }: RenewalQuoteRoot): Money | null {
    return quote.price === null ? null : money(quote.price.amountMinor, quote.price.currencyCode);
  }

  @FieldResolver(() => Int, { description: 'How many periods were asked about.' })
  periods(@Root() { quote }: RenewalQuoteRoot): number {
    return quote.periods;
  }

  @FieldResolver(() => DateScalar, { nullable: true, description: 'The first day that would be added; null when it cannot be renewed.' })
  startsOn(@Root() { quote }: RenewalQuoteRoot): Temporal.PlainDate | null {
    return quote.startsOn;
  }

  @FieldResolver(() => DateScalar, { nullable: true, description: 'The last day that would be added; null when it cannot be renewed.' })
  endsOn(@Root() { quote }: RenewalQuoteRoot): Temporal.PlainDate | null {
    return quote.endsOn;
  }

  @FieldResolver(() => DateTimeScalar, { nullable: true, description: 'When the right would be gone; null when it cannot be renewed.' })
  expiresAt(@Root() { quote }: RenewalQuoteRoot): Temporal.Instant | null {
    return quote.expiresAt;
  }

  @FieldResolver(() => [Release], {
    description: 'Releases that are withheld now and could be had after renewing, the highest version first.',
  })
  async unlocks(@Root() { quote, access }: RenewalQuoteRoot): Promise<readonly ReleaseRoot[]> {
    if (!quote.available) return [];
    const { withheld } = await access();
    return withheld.filter(({ reasons }) => reasons.some((reason) => reason.remedy === 'RENEW_SUPPORT')).map(({ release }) => release);
  }
}
