import { Migration } from '@mikro-orm/migrations';

export class Migration20261122110100_catalogue_readings extends Migration {
  override name = 'Migration20261122110100_catalogue_readings';

  override up(): void {
    this.addSql(
      `create table "catalogue_reading" ("shop_id" uuid not null, "started_at" timestamptz not null, "last_id" text not null, primary key ("shop_id"));`,
    );
    this.addSql(
      `alter table "catalogue_reading" add constraint "catalogue_reading_shop_id_foreign" foreign key ("shop_id") references "store" ("id") on update cascade on delete cascade;`,
    );
    this.addSql(`alter table "catalogue_reading" enable row level security;`);
    this.addSql(`alter table "catalogue_reading" force row level security;`);
    this.addSql(
      `create policy "catalogue_reading_scope" on "catalogue_reading" using (current_setting('tenure.sees', true) = 'all');`,
    );
  }

  override down(): void {
    this.addSql(`drop table if exists "catalogue_reading" cascade;`);
  }
}
