import { Migration20261122000000_extensions } from './Migration20261122000000_extensions.js';
import { Migration20261122060645_initial } from './Migration20261122060645_initial.js';

/** Every migration, oldest first. */
export const migrations = [
  { name: 'Migration20261122000000_extensions', class: Migration20261122000000_extensions },
  { name: 'Migration20261122060645_initial', class: Migration20261122060645_initial },
];
