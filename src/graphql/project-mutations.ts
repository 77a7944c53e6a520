import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import { Project as ProjectEntity, type ProjectRow } from '../persistence/project.js';
import { seesEveryone } from '../use-cases/actor.js';
import { NOWHERE, uuidOrNowhere } from '../use-cases/global-id.js';
import { Refusal, userError } from '../use-cases/outcome.js';
import { createProject, renameProject } from '../use-cases/project.js';
import { type Context, requireScope } from './context.js';
import { Project } from './project.js';
import { IDEMPOTENCY_KEY, payload, required, USER_ERRORS, UserError } from './user-error.js';

@InputType({ description: 'A project to make or to rename.' })
export class ProjectSaveInput {
  @Field(() => String, IDEMPOTENCY_KEY)
  idempotencyKey!: string;

  @Field(() => ID, { nullable: true, description: 'The project to rename; a new one is made unless said.' })
  projectId?: string | null;

  @Field(() => ID, {
    nullable: true,
    description: 'For a new project, the customer whose it is; a customer needs not name itself. A project stays with its customer.',
  })
  customerId?: string | null;

  @Field(() => String, { description: 'What it is called, at most 200 characters; unique among the customer’s projects.' })
  name!: string;
}

@ObjectType({ description: 'The saved project, or what must be corrected.' })
export class ProjectSavePayload {
  @Field(() => Project, { nullable: true, description: 'As it stands; null when something must be corrected.' })
  project?: ProjectRow | null;

  @Field(() => [UserError], USER_ERRORS)
  userErrors!: UserError[];
}

@Resolver()
export class ProjectMutations {
  @Mutation(() => ProjectSavePayload, {
    description: 'Make a project that prepaid time can be assigned to, or rename one. Scope TIME_WRITE; a customer for itself.',
  })
  projectSave(@Arg('input', () => ProjectSaveInput, { description: 'The project.' }) input: ProjectSaveInput, @Ctx() context: Context) {
    const session = requireScope(context, 'TIME_WRITE');
    const { actor, now } = context;
    return payload(async () => {
      const common = { idempotencyKey: required(input.idempotencyKey, 'idempotencyKey'), name: required(input.name, 'name') };
      const { projectId } = await session.transaction((em) =>
        input.projectId == null
          ? createProject(em, actor, { ...common, customerId: customerOf(context, input.customerId) }, now)
          : renameProject(em, actor, { ...common, projectId: uuidOrNowhere('Project', input.projectId) }, now),
      );
      return { project: await session.em.findOneOrFail(ProjectEntity, { id: projectId }) };
    });
  }
}

/** Whose the new project is: a customer's own; anybody else names one that they may see. */
function customerOf({ actor }: Context, customerId: string | null | undefined): string {
  const named = customerId == null ? null : uuidOrNowhere('Customer', customerId);
  if (seesEveryone(actor)) {
    if (named === null) throw new Refusal([userError('REQUIRED', 'Say whose project it is.', 'customerId')]);
    return named;
  }
  const own = actor.customerId ?? NOWHERE;
  return named === null || named === own ? own : NOWHERE;
}
