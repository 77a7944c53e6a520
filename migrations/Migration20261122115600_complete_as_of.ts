import { Migration } from '@mikro-orm/migrations';

export class Migration20261122115600_complete_as_of extends Migration {
  override name = 'Migration20261122115600_complete_as_of';

  override up(): void {
    this.addSql(`alter table "sync_state" add "complete_as_of" timestamptz null;`);
    // When runs began that have ended was not kept.
    this.addSql(`select set_config('tenure.sees', 'all', true);`);
    this.addSql(`update "sync_state" set "complete_as_of" = "last_succeeded_at";`);
    this.addSql(`select set_config('tenure.sees', '', true);`);
  }

  override down(): void {
    this.addSql(`alter table "sync_state" drop column "complete_as_of";`);
  }
}
