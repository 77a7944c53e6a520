import { Migration20261122000000_extensions } from './Migration20261122000000_extensions.js';
import { Migration20261122054127_initial } from './Migration20261122054127_initial.js';

/** Every migration, oldest first. */
export const migrations = [
  { name: 'Migration20261122000000_extensions', class: Migration20261122000000_extensions },
  { name: 'Migration20261122054127_initial', class: Migration20261122054127_initial },
];
