import { Customer } from '../persistence/customer.js';
import { Project, type ProjectRow } from '../persistence/project.js';
import { executeWithin } from '../persistence/session.js';
import { type Actor, seesEveryone } from './actor.js';
import type { EntityManager } from './entity-manager.js';
import { NOWHERE } from './global-id.js';
import { once } from './idempotency.js';
import { Refusal, userError } from './outcome.js';

/** The project of a customer with this name, made at the first call. Flushed. */
export async function projectNamed(em: EntityManager, customerId: string, name: string, now: Temporal.Instant): Promise<ProjectRow> {
  const known = await em.findOne(Project, { customer: customerId, name });
  if (known !== null) return known;
  const project = em.create(Project, { customer: customerId, name, createdAt: now });
  em.persist(project);
  await em.flush();
  return project;
}

/** The same for many customers and names, in two statements: ids by `projectKey`. Flushed where any was made. */
export async function projectsNamed(
  em: EntityManager,
  wanted: readonly { readonly customerId: string; readonly name: string }[],
  now: Temporal.Instant,
): Promise<Map<string, string>> {
  const distinct = [...new Map(wanted.map((each) => [projectKey(each.customerId, each.name), each])).values()];
  const { rows } = await executeWithin(
    em,
    `select p.id, p.customer_id, p.name from unnest($1::uuid[], $2::text[]) as w(customer_id, name)
      join project p on p.customer_id = w.customer_id and p.name = w.name`,
    [distinct.map(({ customerId }) => customerId), distinct.map(({ name }) => name)],
  );
  const known = rows as { id: string; customer_id: string; name: string }[];
  const ids = new Map(known.map(({ id, customer_id, name }) => [projectKey(customer_id, name), id]));
  const missing = distinct.filter(({ customerId, name }) => !ids.has(projectKey(customerId, name)));
  const made = missing.map(({ customerId, name }) => em.create(Project, { customer: customerId, name, createdAt: now }));
  em.persist(made);
  if (made.length > 0) await em.flush();
  for (const { id, customer, name } of made) ids.set(projectKey(customer.id, name), id);
  return ids;
}

export const projectKey = (customerId: string, name: string): string => `${customerId} ${name}`;

export interface ProjectCreateInput {
  readonly idempotencyKey: string;
  readonly customerId: string;
  /** Unique among the customer's projects. */
  readonly name: string;
}

/** B-06: makes a project to which a customer's time can be assigned. A name that the customer uses already is refused. */
export function createProject(
  em: EntityManager,
  actor: Actor,
  input: ProjectCreateInput,
  now: Temporal.Instant,
): Promise<{ projectId: string }> {
  return once(em, { actor, operation: 'projectCreate', key: input.idempotencyKey, input, now }, async () => {
    const name = input.name.trim();
    if (name === '') throw new Refusal([userError('REQUIRED', 'A project has a name.', 'name')]);
    await visibleCustomer(em, actor, input.customerId);
    if ((await em.count(Project, { customer: input.customerId, name })) > 0)
      throw new Refusal([userError('TAKEN', `The customer has a project named "${name}" already.`, 'name')]);
    const project = em.create(Project, { customer: input.customerId, name, createdAt: now });
    em.persist(project);
    await em.flush();
    return { projectId: project.id };
  });
}

/** A customer who is there and may be seen, or a refusal that tells neither apart. */
export async function visibleCustomer(em: EntityManager, actor: Actor, customerId: string): Promise<void> {
  const isOwn = seesEveryone(actor) || actor.customerId === customerId;
  if (!isOwn || (await em.count(Customer, { id: customerId })) === 0)
    throw new Refusal([userError('NOT_FOUND', 'There is no such customer.', 'customerId')]);
}

export interface ProjectRenameInput {
  readonly idempotencyKey: string;
  readonly projectId: string;
  /** Unique among the customer's projects. */
  readonly name: string;
}

/** Gives a project that the actor may see another name; its time stays its own. A name that the customer uses for another project is refused. */
export function renameProject(
  em: EntityManager,
  actor: Actor,
  input: ProjectRenameInput,
  now: Temporal.Instant,
): Promise<{ projectId: string }> {
  return once(em, { actor, operation: 'projectRename', key: input.idempotencyKey, input, now }, async () => {
    const { projectId } = input;
    const name = input.name.trim();
    if (name === '') throw new Refusal([userError('REQUIRED', 'A project has a name.', 'name')]);
    const own = seesEveryone(actor) ? {} : { customer: actor.customerId ?? NOWHERE };
    const project = await em.findOne(Project, { id: projectId, ...own });
    if (project === null) throw new Refusal([userError('NOT_FOUND', 'There is no such project.', 'projectId')]);
    if ((await em.count(Project, { customer: project.customer.id, name, id: { $ne: projectId } })) > 0)
      throw new Refusal([userError('TAKEN', `The customer has a project named "${name}" already.`, 'name')]);
    project.name = name;
    return { projectId };
  });
}
