import { Migration } from '@mikro-orm/migrations';

/** Reports that came before documents were kept have an empty one. */
export class Migration20261122105800_documents_of_reports extends Migration {
  override name = 'Migration20261122105800_documents_of_reports';

  override up(): void {
    this.addSql(`alter table "store_report" add "document" bytea not null default '';`);
    this.addSql(`alter table "store_report" alter column "document" drop default;`);
  }

  override down(): void {
    this.addSql(`alter table "store_report" drop column "document";`);
  }
}
