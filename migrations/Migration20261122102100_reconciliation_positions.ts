import { Migration } from '@mikro-orm/migrations';

export class Migration20261122102100_reconciliation_positions extends Migration {
  override name = 'Migration20261122102100_reconciliation_positions';

  override up(): void {
    this.addSql(
      `alter table "reconciliation" add "resource" text not null default 'ORDERS', add "done_to_id" text null, add "counted_to_id" text null;`,
    );
    this.addSql(`alter table "reconciliation" add constraint "reconciliation_resource_check" check (resource in ('ORDERS', 'REFUNDS'));`);
  }

  override down(): void {
    this.addSql(`alter table "reconciliation" drop constraint "reconciliation_resource_check";`);
    this.addSql(`alter table "reconciliation" drop column "resource", drop column "done_to_id", drop column "counted_to_id";`);
  }
}
