import { Migration } from '@mikro-orm/migrations';

/** What time has done to a ticket may be written down by its customer's next command, and then be told outside: written, never read, by that customer. */
export class Migration20261122074600_outbox_of_customers extends Migration {
  override name = 'Migration20261122074600_outbox_of_customers';

  override up(): void {
    this.addSql(`alter policy "outbox_event_scope" on "outbox_event" with check (current_setting('tenure.sees', true) = 'all' or customer_id = nullif(current_setting('tenure.customer', true), '')::uuid);`);
  }

  override down(): void {
    this.addSql(`alter policy "outbox_event_scope" on "outbox_event" with check (current_setting('tenure.sees', true) = 'all');`);
  }
}
