import { Migration } from '@mikro-orm/migrations';

export class Migration20261122102500_purchases_for_groups extends Migration {
  override name = 'Migration20261122102500_purchases_for_groups';

  override up(): void {
    this.addSql(`select set_config('tenure.sees', 'all', true);`);

    // Each store of a customer becomes a group by its own id and the name of its host: which of them are one shop, their owner says.
    this.addSql(`insert into store_group (id, customer_id, name, created_at)
      select id, customer_id, substring(url from '^[^:]+://([^/]+)'), connected_at from store where customer_id is not null and group_id is null;`);
    this.addSql(`update store set group_id = id where customer_id is not null and group_id is null;`);
    this.addSql(`alter table "store" add constraint "store_group_check" check ((role = 'VENDOR_SHOP') = (group_id is null));`);
    this.addSql(`create unique index "store_production_unique" on "store" ("group_id") where (role = 'CUSTOMER_PRODUCTION');`);

    this.addSql(`update purchase set group_id = store.group_id from store where store.id = purchase.store_id;`);
    this.addSql(`alter table "purchase" drop constraint "purchase_store_id_foreign";`);
    this.addSql(`drop index "purchase_store_id_index";`);
    this.addSql(`alter table "purchase" drop column "store_id";`);

    // Both tables are as young as the release before this one, and nothing wrote to them yet.
    this.addSql(`drop policy "delegation_scope" on "delegation";`);
    this.addSql(`drop index "delegation_agency_id_index";`);
    this.addSql(`alter table "delegation" add "agency_name" text not null, add "customer_name" text not null, add "revoked_by" text null;`);
    this.addSql(`create index "delegation_agency_id_granted_at_index" on "delegation" ("agency_id", "granted_at");`);
    this.addSql(`alter table "delegation" add constraint "delegation_revoked_check" check ((revoked_at is null) = (revoked_by is null));`);
    this.addSql(`create policy "delegation_scope" on "delegation" using (current_setting('tenure.sees', true) = 'all' or customer_id = nullif(current_setting('tenure.customer', true), '')::uuid);`);
    this.addSql(`create policy "delegation_agency" on "delegation" for select using (current_setting('tenure.sees', true) = 'all' or agency_id = nullif(current_setting('tenure.customer', true), '')::uuid);`);

    this.addSql(`drop policy "pairing_code_scope" on "pairing_code";`);
    this.addSql(`alter table "pairing_code" add "customer_id" uuid not null, add "token_id" uuid null;`);
    this.addSql(`alter table "pairing_code" add constraint "pairing_code_customer_id_foreign" foreign key ("customer_id") references "customer" ("id");`);
    this.addSql(`alter table "pairing_code" add constraint "pairing_code_token_id_foreign" foreign key ("token_id") references "access_token" ("id") on delete no action;`);
    this.addSql(`create policy "pairing_code_scope" on "pairing_code" using (current_setting('tenure.sees', true) = 'all' or customer_id = nullif(current_setting('tenure.customer', true), '')::uuid or encode(digest, 'hex') = nullif(current_setting('tenure.pairing', true), ''));`);

    this.addSql(`select set_config('tenure.sees', '', true);`);
  }

  override down(): void {
    this.addSql(`select set_config('tenure.sees', 'all', true);`);

    this.addSql(`drop policy "pairing_code_scope" on "pairing_code";`);
    this.addSql(`alter table "pairing_code" drop column "customer_id", drop column "token_id";`);
    this.addSql(`create policy "pairing_code_scope" on "pairing_code" using (current_setting('tenure.sees', true) = 'all' or exists (select from store where store.id = store_id) or encode(digest, 'hex') = nullif(current_setting('tenure.pairing', true), ''));`);

    this.addSql(`drop policy "delegation_agency" on "delegation";`);
    this.addSql(`drop policy "delegation_scope" on "delegation";`);
    this.addSql(`alter table "delegation" drop constraint "delegation_revoked_check";`);
    this.addSql(`drop index "delegation_agency_id_granted_at_index";`);
    this.addSql(`alter table "delegation" drop column "agency_name", drop column "customer_name", drop column "revoked_by";`);
    this.addSql(`create index "delegation_agency_id_index" on "delegation" ("agency_id");`);
    this.addSql(`create policy "delegation_scope" on "delegation" using (current_setting('tenure.sees', true) = 'all' or customer_id = nullif(current_setting('tenure.customer', true), '')::uuid or current_setting('tenure.sees', true) = 'all' or agency_id = nullif(current_setting('tenure.customer', true), '')::uuid);`);

    this.addSql(`alter table "purchase" add "store_id" uuid null;`);
    this.addSql(`alter table "purchase" add constraint "purchase_store_id_foreign" foreign key ("store_id") references "store" ("id") on delete no action;`);
    this.addSql(`create index "purchase_store_id_index" on "purchase" ("store_id");`);
    this.addSql(`update purchase set store_id = store.id from store where store.group_id = purchase.group_id and store.role = 'CUSTOMER_PRODUCTION';`);

    this.addSql(`drop index "store_production_unique";`);
    this.addSql(`alter table "store" drop constraint "store_group_check";`);

    this.addSql(`select set_config('tenure.sees', '', true);`);
  }
}
