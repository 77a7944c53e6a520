import { Arg, Ctx, Field, FieldResolver, ID, ObjectType, Resolver, Root } from 'type-graphql';
import type { CustomerRow } from '../persistence/customer.js';
import type { ProjectRow } from '../persistence/project.js';
import { walletFigures } from '../policy/time-figures.js';
import { toGlobalId } from '../use-cases/global-id.js';
import { connectionType } from './connection.js';
import { type Context, requireScope } from './context.js';
import { Customer } from './customer.js';
import { Node } from './node.js';
import { DateTimeScalar } from './scalars.js';
import { AS_OF, asOfCost, TimeFigures } from './time-figures.js';

@ObjectType({
  implements: Node,
  description: 'What a customer’s prepaid time is assigned to: usually one shop, or one undertaking in it.',
})
export class Project implements Pick<ProjectRow, 'name' | 'createdAt'> {
  id!: string;

  @Field(() => String, { description: 'What it is called; unique among the customer’s projects.' })
  name!: string;

  @Field(() => DateTimeScalar, { description: 'When it was made.' })
  createdAt!: Temporal.Instant;
}

export const ProjectConnection = connectionType('Project', () => Project, 'projects');

@Resolver(() => Project)
export class ProjectResolver {
  @FieldResolver(() => ID, { description: 'Global and opaque; stays the same for good.' })
  id(@Root() project: ProjectRow): string {
    return toGlobalId('Project', project.id);
  }

  @FieldResolver(() => Customer, { description: 'Whose project it is. Scope PURCHASES_READ.' })
  customer(@Root() project: ProjectRow, @Ctx() context: Context): Promise<CustomerRow> {
    requireScope(context, 'PURCHASES_READ');
    return project.customer.loadOrFail();
  }

  @FieldResolver(() => TimeFigures, {
    complexity: asOfCost,
    nullable: true,
    description:
      'Where the prepaid minutes stand that are assigned to it; null where a past moment cannot be told: the ledger of its customer says why. Scope TIME_READ.',
  })
  async time(
    @Root() project: ProjectRow,
    @Arg('asOf', () => DateTimeScalar, AS_OF) asOf: Temporal.Instant | null,
    @Ctx() context: Context,
  ): Promise<TimeFigures | null> {
    requireScope(context, 'TIME_READ');
    const at = asOf ?? context.now;
    const { ledger } = await context.loaders.time.load({ customerId: project.customer.id, at });
    return ledger === null ? null : walletFigures(ledger, at, project.id);
  }
}
