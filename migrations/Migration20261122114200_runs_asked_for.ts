import { Migration } from '@mikro-orm/migrations';

export class Migration20261122114200_runs_asked_for extends Migration {
  override name = 'Migration20261122114200_runs_asked_for';

  override up(): void {
    this.addSql(`alter table "sync_state" add "requested_at" timestamptz null;`);
  }

  override down(): void {
    this.addSql(`alter table "sync_state" drop column "requested_at";`);
  }
}
