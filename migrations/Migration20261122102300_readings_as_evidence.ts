import { Migration } from '@mikro-orm/migrations';

/** What only grows. Locking a row that others refer to needs the right to update one column of it; the trigger refuses the update itself. */
const GROWS_ONLY = {
  store_reading: 'a reading of a store is evidence and never changes',
  store_report: 'a report of a store is evidence and never changes',
  installed_code: 'what a report found in a store is evidence and never changes',
};

export class Migration20261122102300_readings_as_evidence extends Migration {
  override name = 'Migration20261122102300_readings_as_evidence';

  override up(): void {
    this.addSql(
      `alter table "store_reading" add "tool" text null, add "reported_at" timestamptz null, add "declared_by_kind" text null, add "declared_by_name" text null;`,
    );
    this.addSql(
      `create index "store_reading_store_id_source_version_exact_read_at_index" on "store_reading" ("store_id", "source", "version_exact", "read_at");`,
    );
    this.addSql(
      `alter table "store_reading" add constraint "store_reading_declared_by_check" check ((declared_by_kind is null) = (declared_by_name is null));`,
    );
    for (const [table, message] of Object.entries(GROWS_ONLY)) {
      this.addSql(
        `create or replace function "${table}_${table}_grows_only_fn"() returns trigger as $$ begin raise exception '${message}' using errcode = 'restrict_violation'; end; $$ language plpgsql;`,
      );
      this.addSql(
        `create trigger "${table}_grows_only" BEFORE UPDATE OR DELETE on "${table}" for each ROW execute function "${table}_${table}_grows_only_fn"();`,
      );
      this.addSql(`create trigger ${table}_no_truncate before truncate on ${table} for each statement execute function grows_only();`);
      this.addSql(`revoke update, delete, truncate on ${table} from public, current_user;`);
      if (table !== 'installed_code') this.addSql(`grant update (id) on ${table} to current_user;`);
    }
  }

  override down(): void {
    for (const table of Object.keys(GROWS_ONLY)) {
      this.addSql(`grant update, delete, truncate on ${table} to current_user;`);
      this.addSql(`drop trigger ${table}_no_truncate on ${table};`);
      this.addSql(`drop trigger if exists "${table}_grows_only" on "${table}";`);
      this.addSql(`drop function if exists "${table}_${table}_grows_only_fn"();`);
    }
    this.addSql(`alter table "store_reading" drop constraint "store_reading_declared_by_check";`);
    this.addSql(`drop index "store_reading_store_id_source_version_exact_read_at_index";`);
    this.addSql(
      `alter table "store_reading" drop column "tool", drop column "reported_at", drop column "declared_by_kind", drop column "declared_by_name";`,
    );
  }
}
