import { Migration } from '@mikro-orm/migrations';

export class Migration20261122101200_addresses_per_owner extends Migration {
  override name = 'Migration20261122101200_addresses_per_owner';

  override up(): void {
    this.addSql(`alter table "store" drop constraint "store_platform_url_unique";`);
    this.addSql(
      `alter table "store" add constraint "store_customer_id_platform_url_unique" unique ("customer_id", "platform", "url");`,
    );
    this.addSql(
      `create unique index "store_shop_platform_url_unique" on "store" ("platform", "url") where (customer_id is null);`,
    );
  }

  override down(): void {
    this.addSql(`drop index "store_shop_platform_url_unique";`);
    this.addSql(`alter table "store" drop constraint "store_customer_id_platform_url_unique";`);
    this.addSql(`alter table "store" add constraint "store_platform_url_unique" unique ("platform", "url");`);
  }
}
