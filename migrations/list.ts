import { Migration20261122000000_extensions } from './Migration20261122000000_extensions.js';
import { Migration20261122060645_initial } from './Migration20261122060645_initial.js';
import { Migration20261122070423_ledger_and_tickets } from './Migration20261122070423_ledger_and_tickets.js';
import { Migration20261122070523_ledger_guards } from './Migration20261122070523_ledger_guards.js';
import { Migration20261122071523_time_suspension } from './Migration20261122071523_time_suspension.js';
import { Migration20261122074600_outbox_of_customers } from './Migration20261122074600_outbox_of_customers.js';
import { Migration20261122080100_outbox_of_refunds } from './Migration20261122080100_outbox_of_refunds.js';
import { Migration20261122080500_queue_places } from './Migration20261122080500_queue_places.js';
import { Migration20261122084000_outbox_recorded_at } from './Migration20261122084000_outbox_recorded_at.js';
import { Migration20261122091500_terms_accepted_once } from './Migration20261122091500_terms_accepted_once.js';
import { Migration20261122091656_catalogue_row_security } from './Migration20261122091656_catalogue_row_security.js';
import { Migration20261122091700_counted_places } from './Migration20261122091700_counted_places.js';
import { Migration20261122100236_stores_in_groups_and_synchronised } from './Migration20261122100236_stores_in_groups_and_synchronised.js';
import { Migration20261122101200_addresses_per_owner } from './Migration20261122101200_addresses_per_owner.js';
import { Migration20261122101800_owners_see_synchronisation } from './Migration20261122101800_owners_see_synchronisation.js';
import { Migration20261122102100_reconciliation_positions } from './Migration20261122102100_reconciliation_positions.js';
import { Migration20261122102500_purchases_for_groups } from './Migration20261122102500_purchases_for_groups.js';

/** Every migration, oldest first. */
export const migrations = [
  { name: 'Migration20261122000000_extensions', class: Migration20261122000000_extensions },
  { name: 'Migration20261122060645_initial', class: Migration20261122060645_initial },
  { name: 'Migration20261122070423_ledger_and_tickets', class: Migration20261122070423_ledger_and_tickets },
  { name: 'Migration20261122070523_ledger_guards', class: Migration20261122070523_ledger_guards },
  { name: 'Migration20261122071523_time_suspension', class: Migration20261122071523_time_suspension },
  { name: 'Migration20261122074600_outbox_of_customers', class: Migration20261122074600_outbox_of_customers },
  { name: 'Migration20261122080100_outbox_of_refunds', class: Migration20261122080100_outbox_of_refunds },
  { name: 'Migration20261122080500_queue_places', class: Migration20261122080500_queue_places },
  { name: 'Migration20261122084000_outbox_recorded_at', class: Migration20261122084000_outbox_recorded_at },
  { name: 'Migration20261122091500_terms_accepted_once', class: Migration20261122091500_terms_accepted_once },
  { name: 'Migration20261122091656_catalogue_row_security', class: Migration20261122091656_catalogue_row_security },
  { name: 'Migration20261122091700_counted_places', class: Migration20261122091700_counted_places },
  { name: 'Migration20261122100236_stores_in_groups_and_synchronised', class: Migration20261122100236_stores_in_groups_and_synchronised },
  { name: 'Migration20261122101200_addresses_per_owner', class: Migration20261122101200_addresses_per_owner },
  { name: 'Migration20261122101800_owners_see_synchronisation', class: Migration20261122101800_owners_see_synchronisation },
  { name: 'Migration20261122102100_reconciliation_positions', class: Migration20261122102100_reconciliation_positions },
  { name: 'Migration20261122102500_purchases_for_groups', class: Migration20261122102500_purchases_for_groups },
];
