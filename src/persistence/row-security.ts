import type { Database } from './database.js';

/** Whether the database holds a role, the connected one unless named, to row-level security: superusers, and roles with BYPASSRLS, see every row whoever asks. */
export async function isRowSecurityInForce({ probe }: Pick<Database, 'probe'>, role: string | null = null): Promise<boolean> {
  const { rows } = await probe.query<{ bound: boolean }>(
    'select not (rolsuper or rolbypassrls) as bound from pg_roles where rolname = coalesce($1, current_user)',
    [role],
  );
  return rows[0]?.bound === true;
}
