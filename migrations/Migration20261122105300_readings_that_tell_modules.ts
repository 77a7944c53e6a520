import { Migration } from '@mikro-orm/migrations';

export class Migration20261122105300_readings_that_tell_modules extends Migration {
  override name = 'Migration20261122105300_readings_that_tell_modules';

  override up(): void {
    this.addSql(
      `create index "store_reading_modules_index" on "store_reading" ("store_id", "source", "read_at") where (jsonb_path_query_array(installed, '$[*].version.type()'::jsonpath) @> '["string"]'::jsonb);`,
    );
  }

  override down(): void {
    this.addSql(`drop index "store_reading_modules_index";`);
  }
}
