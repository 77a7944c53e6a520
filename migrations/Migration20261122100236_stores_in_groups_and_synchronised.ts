import { Migration } from '@mikro-orm/migrations';

export class Migration20261122100236_stores_in_groups_and_synchronised extends Migration {

  override name = 'Migration20261122100236_stores_in_groups_and_synchronised';

  override up(): void | Promise<void> {
    this.addSql(`create table "delegation" ("id" uuid not null, "customer_id" uuid not null, "agency_id" uuid not null, "scopes" text[] not null, "granted_at" timestamptz not null, "granted_by" text not null, "expires_at" timestamptz null, "revoked_at" timestamptz null, primary key ("id"));`);
    this.addSql(`create index "delegation_agency_id_index" on "delegation" ("agency_id");`);
    this.addSql(`create unique index "delegation_standing_unique" on "delegation" ("customer_id", "agency_id") where revoked_at is null;`);

    this.addSql(`create table "release_manifest" ("id" uuid not null, "release_id" uuid not null, "kind" text not null, "label" text not null, "files" jsonb not null, "removed_paths" jsonb not null, "digest" char(64) not null, "tool" text not null, "made_at" timestamptz not null, "recorded_at" timestamptz not null, primary key ("id"));`);
    this.addSql(`alter table "release_manifest" add constraint "release_manifest_release_id_kind_digest_unique" unique ("release_id", "kind", "digest");`);

    this.addSql(`create table "store_group" ("id" uuid not null, "customer_id" uuid not null, "name" text not null, "created_at" timestamptz not null, primary key ("id"));`);
    this.addSql(`create index "store_group_customer_id_index" on "store_group" ("customer_id");`);

    this.addSql(`create table "shop_product" ("shop_id" uuid not null, "product_id" text not null, "sku" text not null, "name" text not null, "price" text null, "seen_at" timestamptz not null, "gone_at" timestamptz null, primary key ("shop_id", "product_id"));`);
    this.addSql(`create index "shop_product_shop_id_sku_index" on "shop_product" ("shop_id", "sku");`);

    this.addSql(`create table "reconciliation" ("id" uuid not null, "shop_id" uuid not null, "started_at" timestamptz not null, "finished_at" timestamptz null, "orders_seen" int not null, "refunds_seen" int not null, "missed_orders" jsonb not null, "missed_order_count" int not null, "changed_orders" jsonb not null, "changed_order_count" int not null, "missed_refunds" jsonb not null, "missed_refund_count" int not null, "gone_orders" jsonb not null, "gone_order_count" int not null, primary key ("id"));`);
    this.addSql(`create index "reconciliation_shop_id_started_at_index" on "reconciliation" ("shop_id", "started_at");`);

    this.addSql(`create table "pairing_code" ("id" uuid not null, "store_id" uuid not null, "digest" bytea not null, "created_at" timestamptz not null, "expires_at" timestamptz not null, "used_at" timestamptz null, primary key ("id"));`);
    this.addSql(`alter table "pairing_code" add constraint "pairing_code_digest_unique" unique ("digest");`);
    this.addSql(`create index "pairing_code_store_id_index" on "pairing_code" ("store_id");`);

    this.addSql(`create table "store_report" ("id" uuid not null, "store_id" uuid not null, "reading_id" uuid not null, "nonce" text not null, "digest" char(64) not null, "signature" bytea not null, "public_key" bytea not null, "tool" text not null, "reported_at" timestamptz not null, "received_at" timestamptz not null, primary key ("id"));`);
    this.addSql(`alter table "store_report" add constraint "store_report_store_id_nonce_unique" unique ("store_id", "nonce");`);

    this.addSql(`create table "installed_code" ("id" uuid not null, "store_id" uuid not null, "addon_id" uuid not null, "report_id" uuid not null, "version" text null, "installed_version" text null, "path" text not null, "files" jsonb not null, "touches" jsonb not null, "reported_at" timestamptz not null, primary key ("id"));`);
    this.addSql(`create index "installed_code_store_id_addon_id_reported_at_index" on "installed_code" ("store_id", "addon_id", "reported_at");`);

    this.addSql(`create table "sync_state" ("store_id" uuid not null, "task" text not null, "next_run_at" timestamptz not null, "started_at" timestamptz null, "seen_alive_at" timestamptz null, "seen" int not null, "total" int null, "last_succeeded_at" timestamptz null, "last_failed_at" timestamptz null, "failure_code" text null, "failure_message" text null, "failures" int not null, "circuit" text not null, "circuit_reopens_at" timestamptz null, primary key ("store_id", "task"));`);
    this.addSql(`create index "sync_state_next_run_at_index" on "sync_state" ("next_run_at");`);

    this.addSql(`alter table "store" add "group_id" uuid null, add "credentials_kind" text null, add "credentials_set_at" timestamptz null, add "credentials_tested_at" timestamptz null, add "clock_skew_seconds" int null, add "report_key" bytea null, add "paired_at" timestamptz null;`);
    this.addSql(`alter table "store" add constraint "store_group_id_foreign" foreign key ("group_id") references "store_group" ("id") on delete no action;`);
    this.addSql(`create index "store_group_id_index" on "store" ("group_id");`);

    this.addSql(`alter table "purchase" add "group_id" uuid null;`);
    this.addSql(`alter table "purchase" add constraint "purchase_group_id_foreign" foreign key ("group_id") references "store_group" ("id") on delete no action;`);
    this.addSql(`create index "purchase_group_id_index" on "purchase" ("group_id");`);

    this.addSql(`alter table "delegation" add constraint "delegation_customer_id_foreign" foreign key ("customer_id") references "customer" ("id");`);
    this.addSql(`alter table "delegation" add constraint "delegation_agency_id_foreign" foreign key ("agency_id") references "customer" ("id");`);
    this.addSql(`alter table "delegation" add constraint "delegation_agency_check" check (agency_id <> customer_id);`);
    this.addSql(`alter table "delegation" enable row level security;`);
    this.addSql(`alter table "delegation" force row level security;`);
    this.addSql(`create policy "delegation_scope" on "delegation" using (current_setting('tenure.sees', true) = 'all' or customer_id = nullif(current_setting('tenure.customer', true), '')::uuid or current_setting('tenure.sees', true) = 'all' or agency_id = nullif(current_setting('tenure.customer', true), '')::uuid);`);

    this.addSql(`alter table "release_manifest" add constraint "release_manifest_release_id_foreign" foreign key ("release_id") references "release" ("id");`);
    this.addSql(`alter table "release_manifest" add constraint "release_manifest_kind_check" check (kind in ('BUILD', 'HOTFIX'));`);
    this.addSql(`alter table "release_manifest" add constraint "release_manifest_files_check" check (jsonb_typeof(files) = 'array');`);
    this.addSql(`alter table "release_manifest" add constraint "release_manifest_removed_paths_check" check (kind = 'HOTFIX' or removed_paths = '[]');`);
    this.addSql(`alter table "release_manifest" enable row level security;`);
    this.addSql(`alter table "release_manifest" force row level security;`);
    this.addSql(`create policy "release_manifest_readers" on "release_manifest" for select using (true);`);
    this.addSql(`create policy "release_manifest_writers" on "release_manifest" using (current_setting('tenure.sees', true) = 'all');`);

    this.addSql(`alter table "store_group" add constraint "store_group_customer_id_foreign" foreign key ("customer_id") references "customer" ("id");`);
    this.addSql(`alter table "store_group" enable row level security;`);
    this.addSql(`alter table "store_group" force row level security;`);
    this.addSql(`create policy "store_group_scope" on "store_group" using (current_setting('tenure.sees', true) = 'all' or customer_id = nullif(current_setting('tenure.customer', true), '')::uuid);`);

    this.addSql(`alter table "shop_product" add constraint "shop_product_shop_id_foreign" foreign key ("shop_id") references "store" ("id");`);
    this.addSql(`alter table "shop_product" enable row level security;`);
    this.addSql(`alter table "shop_product" force row level security;`);
    this.addSql(`create policy "shop_product_scope" on "shop_product" using (current_setting('tenure.sees', true) = 'all');`);

    this.addSql(`alter table "reconciliation" add constraint "reconciliation_shop_id_foreign" foreign key ("shop_id") references "store" ("id");`);
    this.addSql(`alter table "reconciliation" enable row level security;`);
    this.addSql(`alter table "reconciliation" force row level security;`);
    this.addSql(`create policy "reconciliation_scope" on "reconciliation" using (current_setting('tenure.sees', true) = 'all');`);

    this.addSql(`alter table "pairing_code" add constraint "pairing_code_store_id_foreign" foreign key ("store_id") references "store" ("id");`);
    this.addSql(`alter table "pairing_code" add constraint "pairing_code_digest_check" check (octet_length(digest) = 32);`);
    this.addSql(`alter table "pairing_code" add constraint "pairing_code_expires_at_check" check (expires_at > created_at);`);
    this.addSql(`alter table "pairing_code" enable row level security;`);
    this.addSql(`alter table "pairing_code" force row level security;`);
    this.addSql(`create policy "pairing_code_scope" on "pairing_code" using (current_setting('tenure.sees', true) = 'all' or exists (select from store where store.id = store_id) or encode(digest, 'hex') = nullif(current_setting('tenure.pairing', true), ''));`);

    this.addSql(`alter table "store_report" add constraint "store_report_store_id_foreign" foreign key ("store_id") references "store" ("id");`);
    this.addSql(`alter table "store_report" add constraint "store_report_reading_id_foreign" foreign key ("reading_id") references "store_reading" ("id");`);
    this.addSql(`alter table "store_report" add constraint "store_report_public_key_check" check (octet_length(public_key) = 32);`);
    this.addSql(`alter table "store_report" enable row level security;`);
    this.addSql(`alter table "store_report" force row level security;`);
    this.addSql(`create policy "store_report_scope" on "store_report" using (current_setting('tenure.sees', true) = 'all' or exists (select from store where store.id = store_id));`);

    this.addSql(`alter table "installed_code" add constraint "installed_code_store_id_foreign" foreign key ("store_id") references "store" ("id");`);
    this.addSql(`alter table "installed_code" add constraint "installed_code_addon_id_foreign" foreign key ("addon_id") references "addon" ("id");`);
    this.addSql(`alter table "installed_code" add constraint "installed_code_report_id_foreign" foreign key ("report_id") references "store_report" ("id");`);
    this.addSql(`alter table "installed_code" enable row level security;`);
    this.addSql(`alter table "installed_code" force row level security;`);
    this.addSql(`create policy "installed_code_scope" on "installed_code" using (current_setting('tenure.sees', true) = 'all' or exists (select from store where store.id = store_id));`);

    this.addSql(`alter table "sync_state" add constraint "sync_state_store_id_foreign" foreign key ("store_id") references "store" ("id");`);
    this.addSql(`alter table "sync_state" add constraint "sync_state_task_check" check (task in ('ORDERS', 'RECONCILIATION', 'PRODUCTS', 'VERSION'));`);
    this.addSql(`alter table "sync_state" add constraint "sync_state_circuit_check" check (circuit in ('CLOSED', 'OPEN', 'HALF_OPEN'));`);
    this.addSql(`alter table "sync_state" add constraint "sync_state_counts_check" check (seen >= 0 and failures >= 0);`);
    this.addSql(`alter table "sync_state" enable row level security;`);
    this.addSql(`alter table "sync_state" force row level security;`);
    this.addSql(`create policy "sync_state_scope" on "sync_state" using (current_setting('tenure.sees', true) = 'all');`);
  }

  override down(): void | Promise<void> {
    this.addSql(`alter table "store" drop constraint "store_group_id_foreign";`);
    this.addSql(`alter table "purchase" drop constraint "purchase_group_id_foreign";`);
    this.addSql(`alter table "installed_code" drop constraint "installed_code_report_id_foreign";`);

    this.addSql(`drop table if exists "delegation" cascade;`);
    this.addSql(`drop table if exists "release_manifest" cascade;`);
    this.addSql(`drop table if exists "store_group" cascade;`);
    this.addSql(`drop table if exists "shop_product" cascade;`);
    this.addSql(`drop table if exists "reconciliation" cascade;`);
    this.addSql(`drop table if exists "pairing_code" cascade;`);
    this.addSql(`drop table if exists "store_report" cascade;`);
    this.addSql(`drop table if exists "installed_code" cascade;`);
    this.addSql(`drop table if exists "sync_state" cascade;`);

    this.addSql(`drop index "purchase_group_id_index";`);
    this.addSql(`alter table "purchase" drop column "group_id";`);

    this.addSql(`drop index "store_group_id_index";`);
    this.addSql(`alter table "store" drop column "group_id", drop column "credentials_kind", drop column "credentials_set_at", drop column "credentials_tested_at", drop column "clock_skew_seconds", drop column "report_key", drop column "paired_at";`);
  }
}
