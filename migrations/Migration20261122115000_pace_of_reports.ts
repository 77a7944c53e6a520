import { Migration } from '@mikro-orm/migrations';

/** The last report of a store is asked for with each report. */
export class Migration20261122115000_pace_of_reports extends Migration {
  override name = 'Migration20261122115000_pace_of_reports';

  override up(): void {
    this.addSql(`create index "store_report_store_id_received_at_index" on "store_report" ("store_id", "received_at");`);
  }

  override down(): void {
    this.addSql(`drop index "store_report_store_id_received_at_index";`);
  }
}
