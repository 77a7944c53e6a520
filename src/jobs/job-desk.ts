import type { JobDesk } from '../use-cases/job.js';
import { type JobConnections, openBoss } from './boss.js';
import { deadQueueOf, isQueueName, JOB_SCHEMA, QUEUE_NAMES } from './queues.js';

/** More than a queue of the dead can hold that anybody still looks at. */
const MOST_PUT_BACK = 100_000;

const COUNTS = `
  select name,
    (count(*) filter (where state in ('created', 'retry') and start_after > now()))::int as later,
    (count(*) filter (where state in ('created', 'retry') and start_after <= now()))::int as due,
    (count(*) filter (where state = 'active'))::int as active,
    (count(*) filter (where state = 'failed'))::int as failed
  from ${JOB_SCHEMA}.job group by name`;

interface Counted {
  readonly name: string;
  readonly later: number;
  readonly due: number;
  readonly active: number;
  readonly failed: number;
}

/** What an operator does with queues: looks at them as they are now, and puts back what was given up. Rejects where the tables of jobs are missing. */
export function jobDesk(connections: JobConnections): JobDesk {
  return {
    status: async () => {
      const rows = (await connections.query(COUNTS)).rows as Counted[];
      const counted = new Map(rows.map((row) => [row.name, row]));
      return QUEUE_NAMES.map((queue) => {
        const { later = 0, due = 0, active = 0, failed = 0 } = counted.get(queue) ?? {};
        return { queue, waiting: later, due, active, failed, dead: counted.get(deadQueueOf(queue))?.due ?? 0 };
      });
    },
    retry: async (queue) => {
      if (!isQueueName(queue)) return null;
      const boss = openBoss(connections, { migrate: false, supervise: false, schedule: false }, (error) => {
        throw error;
      });
      return boss.redrive(deadQueueOf(queue), { limit: MOST_PUT_BACK });
    },
  };
}
