import { CIRCUIT_STATES } from '../persistence/sync-state.js';
import { SYNC_TASKS } from '../policy/sync-schedule.js';
import { SHOP_TASKS } from '../use-cases/sync-shop.js';
import { SYNC_STANDINGS } from '../use-cases/sync-status.js';
import { schemaEnum } from './enums.js';

const TASK_MEANINGS = {
  ORDERS: 'Orders and refunds that changed; about every five minutes.',
  RECONCILIATION: 'All orders and refunds by id, for what reading by change missed; every night of the shop.',
  PRODUCTS: 'The catalogue; about once a day.',
};

export const SyncTaskEnum = schemaEnum('SyncTask', 'What a store is asked by itself.', SYNC_TASKS, {
  ...TASK_MEANINGS,
  VERSION: 'What a customer’s store runs; about once a day.',
});
export const ShopTaskEnum = schemaEnum('ShopTask', 'What a shop of the vendor is asked by itself.', SHOP_TASKS, TASK_MEANINGS);
export const SyncStandingEnum = schemaEnum('SyncStanding', 'How it stands with a task now.', SYNC_STANDINGS, {
  RUNNING: 'A run is under way.',
  DUE: 'It is time for a run: a worker takes it within a minute or so, behind others that are due.',
  WAITING: 'The last run came to its end; the next one is not due yet.',
  FAILING: 'The last run failed, and it is tried again by itself.',
  NEEDS_PERSON: 'The last run failed for something that only a person can mend; it is tried again a few times a day.',
});
export const CircuitStateEnum = schemaEnum('CircuitState', 'Whether a store is asked at all for the moment.', CIRCUIT_STATES, {
  CLOSED: 'It is asked.',
  OPEN: 'It is left alone for a while, after failures in a row or because it asked for that.',
  HALF_OPEN: 'One exchange is trying it again.',
});
