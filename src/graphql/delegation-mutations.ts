import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { DelegationRow } from '../persistence/delegation.js';
import type { Scope } from '../use-cases/actor.js';
import { customerItself, grantDelegation, revokeDelegation, USUAL_DELEGATION } from '../use-cases/delegation.js';
import { uuidOrNowhere } from '../use-cases/global-id.js';
import { type Context, requireScope } from './context.js';
import { Delegation } from './delegation.js';
import { ScopeEnum } from './enums.js';
import { refusal } from './operation-limits.js';
import { DateTimeScalar } from './scalars.js';
import { payload, required, USER_ERRORS, UserError } from './user-error.js';

@InputType({ description: 'What an agency is to be let do.' })
export class DelegationGrantInput {
  @Field(() => ID, { description: 'The agency, by the id that it finds as `viewer { customer { id } }` and tells its clients.' })
  agencyId!: string;

  @Field(() => String, { description: 'What you call it, at most 200 characters.' })
  agencyName!: string;

  @Field(() => [ScopeEnum], {
    defaultValue: USUAL_DELEGATION,
    description: `What it may do; to look, to write on tickets and to connect stores unless said. TIME_WRITE, which lets prepaid minutes be spent, is given by name only; DELEGATIONS_WRITE never.`,
  })
  scopes!: Scope[];

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it ends; not before it is taken back unless said.' })
  expiresAt?: Temporal.Instant | null;
}

@InputType({ description: 'A delegation to take back.' })
export class DelegationRevokeInput {
  @Field(() => ID, { description: 'The delegation.' })
  delegationId!: string;
}

@ObjectType({ description: 'The delegation, or what must be corrected.' })
export class DelegationGrantPayload {
  @Field(() => Delegation, { nullable: true, description: 'As it stands from now on; null when something must be corrected.' })
  delegation?: DelegationRow | null;

  @Field(() => [UserError], USER_ERRORS)
  userErrors!: UserError[];
}

@ObjectType({ description: 'The delegation that was taken back, or what must be corrected.' })
export class DelegationRevokePayload {
  @Field(() => Delegation, { nullable: true, description: 'As it stands; null when something must be corrected.' })
  delegation?: DelegationRow | null;

  @Field(() => [UserError], USER_ERRORS)
  userErrors!: UserError[];
}

@Resolver()
export class DelegationMutations {
  @Mutation(() => DelegationGrantPayload, {
    description:
      'Let an agency act for you, in place of what it was let before. It sends the header `tenure-acting-for` with its own credential, and evidence names you both. Scope DELEGATIONS_WRITE, for customers themselves.',
  })
  delegationGrant(
    @Arg('input', () => DelegationGrantInput, { description: 'The agency and what it may do.' }) input: DelegationGrantInput,
    @Ctx() context: Context,
  ) {
    const session = requireScope(context, 'DELEGATIONS_WRITE');
    if (customerItself(context.actor) === null)
      throw refusal('FORBIDDEN', 'A customer itself lets agencies act for it: nobody does so for it.');
    return payload(async () => {
      const values = {
        agencyId: uuidOrNowhere('Customer', input.agencyId),
        agencyName: required(input.agencyName, 'agencyName'),
        scopes: input.scopes,
        expiresAt: input.expiresAt ?? null,
      };
      return { delegation: await session.transaction((em) => grantDelegation(em, context.actor, values, context.now)) };
    });
  }

  @Mutation(() => DelegationRevokePayload, {
    description: 'Take back what an agency was let do: it ends at once. Scope DELEGATIONS_WRITE: the customer itself, or staff for it.',
  })
  delegationRevoke(
    @Arg('input', () => DelegationRevokeInput, { description: 'The delegation.' }) input: DelegationRevokeInput,
    @Ctx() context: Context,
  ) {
    const session = requireScope(context, 'DELEGATIONS_WRITE');
    return payload(async () => {
      const id = uuidOrNowhere('Delegation', input.delegationId);
      return { delegation: await session.transaction((em) => revokeDelegation(em, context.actor, id, context.now)) };
    });
  }
}
