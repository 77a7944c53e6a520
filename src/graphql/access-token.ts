import { Arg, Ctx, Field, FieldResolver, ID, InputType, Mutation, ObjectType, Resolver, Root } from 'type-graphql';
import type { AccessTokenRow, TokenKind } from '../persistence/access-token.js';
import { createAccessToken, revokeAccessToken } from '../use-cases/access-token.js';
import type { Scope } from '../use-cases/actor.js';
import { toGlobalId, uuidOrNowhere } from '../use-cases/global-id.js';
import { type Context, requireScope } from './context.js';
import { ScopeEnum, TokenKindEnum } from './enums.js';
import { DateTimeScalar } from './scalars.js';
import { optional, payload, required, USER_ERRORS, UserError } from './user-error.js';

@ObjectType({ description: 'A credential of ours, without its text.' })
export class AccessToken implements Pick<AccessTokenRow, 'label' | 'kind' | 'createdAt' | 'expiresAt' | 'revokedAt' | 'lastUsedAt'> {
  @Field(() => String, { description: 'What people call it.' })
  label!: string;

  @Field(() => TokenKindEnum, { description: 'Whom it speaks for.' })
  kind!: TokenKind;

  @Field(() => [ScopeEnum], { description: 'What a partner’s token may do; empty for the other kinds, which have theirs by nature.' })
  scopes!: string[];

  @Field(() => DateTimeScalar, { description: 'When it was made.' })
  createdAt!: Temporal.Instant;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it ends; null: it does not.' })
  expiresAt!: Temporal.Instant | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it was revoked; null while it holds.' })
  revokedAt!: Temporal.Instant | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it was last used, to within five minutes; null: never.' })
  lastUsedAt!: Temporal.Instant | null;
}

@InputType({ description: 'A token to make.' })
export class AccessTokenCreateInput {
  @Field(() => TokenKindEnum, { description: 'Whom it speaks for.' })
  kind!: TokenKind;

  @Field(() => String, { description: 'What people call it, at most 200 characters.' })
  label!: string;

  @Field(() => String, {
    nullable: true,
    description:
      'For PARTNER: the partner’s name, at most 200 characters; the label unless said. Tokens of one name share their idempotency keys, so give it to the next token when you rotate.',
  })
  partner?: string | null;

  @Field(() => [ScopeEnum], { defaultValue: [], description: 'For PARTNER: what it may do.' })
  scopes!: Scope[];

  @Field(() => ID, { nullable: true, description: 'For CUSTOMER: the customer.' })
  customerId?: string | null;

  @Field(() => ID, { nullable: true, description: 'For STORE: the store.' })
  storeId?: string | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it ends; never unless said.' })
  expiresAt?: Temporal.Instant | null;
}

@ObjectType({ description: 'The new token, or what must be corrected.' })
export class AccessTokenCreatePayload {
  @Field(() => AccessToken, { nullable: true, description: 'The token, without its text.' })
  accessToken?: AccessTokenRow | null;

  @Field(() => String, { nullable: true, description: 'The text of the token. It is shown this once and cannot be had again.' })
  secret?: string | null;

  @Field(() => [UserError], USER_ERRORS)
  userErrors!: UserError[];
}

@InputType({ description: 'A token to revoke.' })
export class AccessTokenRevokeInput {
  @Field(() => ID, { description: 'The token.' })
  id!: string;
}

@ObjectType({ description: 'The revoked token, or what must be corrected.' })
export class AccessTokenRevokePayload {
  @Field(() => AccessToken, { nullable: true, description: 'As it stands; null when something must be corrected.' })
  accessToken?: AccessTokenRow | null;

  @Field(() => [UserError], USER_ERRORS)
  userErrors!: UserError[];
}

@Resolver(() => AccessToken)
export class AccessTokenMutations {
  @FieldResolver(() => ID, { description: 'Global and opaque; names the token when it is revoked.' })
  id(@Root() token: AccessTokenRow): string {
    return toGlobalId('AccessToken', token.id);
  }

  @Mutation(() => AccessTokenCreatePayload, {
    description: 'Make a token. Rotate by making the next one before revoking the last. Scope TOKENS_WRITE.',
  })
  accessTokenCreate(
    @Arg('input', () => AccessTokenCreateInput, { description: 'The token.' }) input: AccessTokenCreateInput,
    @Ctx() context: Context,
  ) {
    const session = requireScope(context, 'TOKENS_WRITE');
    return payload(async () => {
      const values = {
        kind: input.kind,
        label: required(input.label, 'label'),
        partner: optional(input.partner, 'partner'),
        scopes: input.scopes,
        customerId: input.customerId == null ? null : uuidOrNowhere('Customer', input.customerId),
        storeId: input.storeId == null ? null : uuidOrNowhere('Store', input.storeId),
        expiresAt: input.expiresAt ?? null,
      };
      const { token, text } = await session.transaction((em) => createAccessToken(em, values, context.gateway.tokenPepper, context.now));
      return { accessToken: token, secret: text };
    });
  }

  @Mutation(() => AccessTokenRevokePayload, { description: 'Revoke a token: from now on it opens nothing. Scope TOKENS_WRITE.' })
  accessTokenRevoke(
    @Arg('input', () => AccessTokenRevokeInput, { description: 'The token.' }) input: AccessTokenRevokeInput,
    @Ctx() context: Context,
  ) {
    const session = requireScope(context, 'TOKENS_WRITE');
    return payload(async () => {
      const id = uuidOrNowhere('AccessToken', input.id);
      return { accessToken: await session.transaction((em) => revokeAccessToken(em, id, context.now)) };
    });
  }
}
