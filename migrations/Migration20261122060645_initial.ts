import { Migration } from '@mikro-orm/migrations';

export class Migration20261122060645_initial extends Migration {

  override name = 'Migration20261122060645_initial';

  override up(): void | Promise<void> {
    this.addSql(`create table "addon" ("id" uuid not null, "sku" text not null, "package_name" text null, "module_name" text null, "name" text not null, "platform" text not null, "list_price_minor" bigint not null, "currency_code" char(3) not null, "support_policy_name" text not null, "created_at" timestamptz not null, primary key ("id"));`);
    this.addSql(`alter table "addon" add constraint "addon_sku_unique" unique ("sku");`);
    this.addSql(`alter table "addon" add constraint "addon_package_name_unique" unique ("package_name");`);
    this.addSql(`alter table "addon" add constraint "addon_module_name_unique" unique ("module_name");`);

    this.addSql(`create table "customer" ("id" uuid not null, "email" text not null, "name" text null, "created_at" timestamptz not null, primary key ("id"));`);
    this.addSql(`alter table "customer" add constraint "customer_email_unique" unique ("email");`);

    this.addSql(`create table "idempotency_key" ("actor" text not null, "key" text not null, "operation" text not null, "request_hash" char(64) not null, "answer" jsonb not null, "answered_at" timestamptz not null, primary key ("actor", "key"));`);

    this.addSql(`create table "prepaid_time_order" ("id" uuid not null, "customer_id" uuid not null, "shop" text not null, "order_id" text not null, "order_number" text not null, "order_line" text not null, "paid_at" timestamptz not null, "minutes" bigint not null, "refunded_minutes" bigint not null, "paid_minor" bigint not null, "currency_code" char(3) not null, primary key ("id"));`);
    this.addSql(`create index "prepaid_time_order_customer_id_index" on "prepaid_time_order" ("customer_id");`);
    this.addSql(`alter table "prepaid_time_order" add constraint "prepaid_time_order_shop_order_id_order_line_unique" unique ("shop", "order_id", "order_line");`);

    this.addSql(`create table "release" ("id" uuid not null, "addon_id" uuid not null, "version" text not null, "version_sort_key" text collate "C" not null, "channel" text not null, "kind" text not null, "published_at" timestamptz not null, "withdrawn_at" timestamptz null, "compatibility" jsonb not null, "changelog" jsonb not null, primary key ("id"));`);
    this.addSql(`create index "release_addon_id_channel_version_sort_key_index" on "release" ("addon_id", "channel", "version_sort_key");`);
    this.addSql(`alter table "release" add constraint "release_addon_id_version_sort_key_unique" unique ("addon_id", "version_sort_key");`);

    this.addSql(`create table "sku_meaning" ("sku" text not null, "kind" text not null, "addon_id" uuid null, "periods" int null, "minutes" int null, primary key ("sku"));`);

    this.addSql(`create table "store" ("id" uuid not null, "customer_id" uuid null, "platform" text not null, "url" text not null, "role" text not null, "code" text null, "time_zone" text null, "sealed_credentials" bytea null, "connected_at" timestamptz not null, primary key ("id"));`);
    this.addSql(`alter table "store" add constraint "store_code_unique" unique ("code");`);
    this.addSql(`create index "store_customer_id_index" on "store" ("customer_id");`);
    this.addSql(`alter table "store" add constraint "store_platform_url_unique" unique ("platform", "url");`);

    this.addSql(`create table "import_exception" ("id" uuid not null, "shop_id" uuid not null, "order_id" text not null, "order_number" text not null, "order_line" text not null, "code" text not null, "message" text not null, "original" jsonb not null, "raised_at" timestamptz not null, "last_tried_at" timestamptz not null, "attempts" int not null, "resolved_at" timestamptz null, "resolution" text null, "dismissed" boolean not null default false, primary key ("id"));`);
    this.addSql(`create index "import_exception_raised_at_id_index" on "import_exception" ("raised_at", "id") where resolved_at is null;`);
    this.addSql(`alter table "import_exception" add constraint "import_exception_shop_id_order_id_order_line_code_unique" unique ("shop_id", "order_id", "order_line", "code");`);

    this.addSql(`create table "imported_refund" ("id" uuid not null, "shop_id" uuid not null, "refund_id" text not null, "order_id" text not null, "changed_at" text not null, "content" jsonb not null, "imported_at" timestamptz not null, primary key ("id"));`);
    this.addSql(`create index "imported_refund_shop_id_order_id_index" on "imported_refund" ("shop_id", "order_id");`);
    this.addSql(`alter table "imported_refund" add constraint "imported_refund_shop_id_refund_id_unique" unique ("shop_id", "refund_id");`);

    this.addSql(`create table "imported_order" ("id" uuid not null, "shop_id" uuid not null, "order_id" text not null, "order_number" text not null, "changed_at" text not null, "content" jsonb not null, "imported_at" timestamptz not null, primary key ("id"));`);
    this.addSql(`alter table "imported_order" add constraint "imported_order_shop_id_order_id_unique" unique ("shop_id", "order_id");`);

    this.addSql(`create table "import_cursor" ("shop_id" uuid not null, "resource" text not null, "changed_at" text not null, "last_id" text not null, "moved_at" timestamptz not null, primary key ("shop_id", "resource"));`);

    this.addSql(`create table "access_token" ("id" uuid not null, "kind" text not null, "label" text not null, "principal" text not null, "digest" bytea not null, "scopes" text[] not null, "customer_id" uuid null, "store_id" uuid null, "created_at" timestamptz not null, "expires_at" timestamptz null, "revoked_at" timestamptz null, "last_used_at" timestamptz null, primary key ("id"));`);
    this.addSql(`alter table "access_token" add constraint "access_token_digest_unique" unique ("digest");`);

    this.addSql(`create table "store_reading" ("id" uuid not null, "store_id" uuid not null, "read_at" timestamptz not null, "source" text not null, "distribution" text null, "platform_version" text null, "upstream_version" text null, "version_exact" boolean not null, "php_version" text null, "installed" jsonb not null, "failure" text null, primary key ("id"));`);
    this.addSql(`create index "store_reading_store_id_read_at_index" on "store_reading" ("store_id", "read_at");`);

    this.addSql(`create table "support_policy_version" ("id" uuid not null, "name" text not null, "version" int not null, "effective_from" date not null, "content_hash" char(64) not null, "document" jsonb not null, "published_at" timestamptz not null, primary key ("id"));`);
    this.addSql(`alter table "support_policy_version" add constraint "support_policy_version_name_version_unique" unique ("name", "version");`);

    this.addSql(`create table "purchase" ("id" uuid not null, "customer_id" uuid not null, "addon_id" uuid not null, "store_id" uuid null, "platform" text not null, "shop" text not null, "order_id" text not null, "order_number" text not null, "order_line" text not null, "unit" int not null, "purchased_at" timestamptz not null, "list_price_minor" bigint not null, "paid_minor" bigint not null, "currency_code" char(3) not null, "base_currency_code" char(3) null, "base_to_order_rate" numeric(24,12) null, "advertised_compatibility" jsonb not null, "support_policy_version_id" uuid not null, "revoked_at" timestamptz null, "revocation" text null, "recorded_at" timestamptz not null, primary key ("id"));`);
    this.addSql(`create index "purchase_customer_id_addon_id_index" on "purchase" ("customer_id", "addon_id");`);
    this.addSql(`create index "purchase_addon_id_index" on "purchase" ("addon_id");`);
    this.addSql(`create index "purchase_store_id_index" on "purchase" ("store_id");`);
    this.addSql(`create index "purchase_purchased_at_id_index" on "purchase" ("purchased_at", "id");`);
    this.addSql(`create index "purchase_order_number_index" on "purchase" ("order_number");`);
    this.addSql(`alter table "purchase" add constraint "purchase_shop_order_id_order_line_unit_unique" unique ("shop", "order_id", "order_line", "unit");`);

    this.addSql(`create table "recorded_decision" ("id" uuid not null, "purchase_id" uuid not null, "support_policy_version_id" uuid not null, "kind" text not null, "actor" text not null, "facts" jsonb not null, "decision" jsonb not null, "decided_at" timestamptz not null, primary key ("id"));`);
    this.addSql(`create index "recorded_decision_purchase_id_decided_at_index" on "recorded_decision" ("purchase_id", "decided_at");`);

    this.addSql(`create table "support_term" ("id" uuid not null, "purchase_id" uuid not null, "origin" text not null, "shop" text not null, "order_id" text not null, "order_number" text not null, "order_line" text not null, "unit" int not null, "paid_at" timestamptz not null, "periods" int not null, "months" int not null, "support_policy_version_id" uuid not null, "pinned" boolean not null, "ordinal" int not null, "anchored_on" date not null, "months_from_anchor" int not null, "starts_on" date not null, "ends_on" date not null, "starts_at" timestamptz not null, "expires_at" timestamptz not null, primary key ("id"));`);
    this.addSql(`alter table "support_term" add constraint "support_term_shop_order_id_order_line_unit_unique" unique ("shop", "order_id", "order_line", "unit");`);
    this.addSql(`alter table "support_term" add constraint "support_term_purchase_id_ordinal_unique" unique ("purchase_id", "ordinal") deferrable initially deferred;`);

    this.addSql(`alter table "addon" add constraint "addon_platform_check" check (platform in ('MAGENTO', 'PRESTASHOP'));`);
    this.addSql(`alter table "addon" add constraint "addon_list_price_minor_check" check (list_price_minor >= 0);`);
    this.addSql(`alter table "addon" add constraint "addon_currency_code_check" check (currency_code ~ '^[A-Z]{3}\$');`);

    this.addSql(`alter table "customer" add constraint "customer_email_check" check (email = lower(email) and email ~~ '%_@_%');`);
    this.addSql(`alter table "customer" enable row level security;`);
    this.addSql(`alter table "customer" force row level security;`);
    this.addSql(`create policy "customer_scope" on "customer" using (current_setting('tenure.sees', true) = 'all' or id = nullif(current_setting('tenure.customer', true), '')::uuid);`);

    this.addSql(`alter table "idempotency_key" enable row level security;`);
    this.addSql(`alter table "idempotency_key" force row level security;`);
    this.addSql(`create policy "idempotency_key_scope" on "idempotency_key" using (actor = current_setting('tenure.actor', true));`);

    this.addSql(`alter table "prepaid_time_order" add constraint "prepaid_time_order_customer_id_foreign" foreign key ("customer_id") references "customer" ("id");`);
    this.addSql(`alter table "prepaid_time_order" add constraint "prepaid_time_order_minutes_check" check (minutes > 0 and refunded_minutes >= 0 and refunded_minutes <= minutes);`);
    this.addSql(`alter table "prepaid_time_order" add constraint "prepaid_time_order_paid_minor_check" check (paid_minor >= 0);`);
    this.addSql(`alter table "prepaid_time_order" enable row level security;`);
    this.addSql(`alter table "prepaid_time_order" force row level security;`);
    this.addSql(`create policy "prepaid_time_order_scope" on "prepaid_time_order" using (current_setting('tenure.sees', true) = 'all' or customer_id = nullif(current_setting('tenure.customer', true), '')::uuid);`);

    this.addSql(`alter table "release" add constraint "release_addon_id_foreign" foreign key ("addon_id") references "addon" ("id");`);
    this.addSql(`alter table "release" add constraint "release_channel_check" check (channel in ('STABLE', 'BETA'));`);
    this.addSql(`alter table "release" add constraint "release_kind_check" check (kind in ('BUGFIX', 'SECURITY', 'MINOR', 'MAJOR'));`);
    this.addSql(`alter table "release" add constraint "release_withdrawn_at_check" check (withdrawn_at >= published_at);`);
    this.addSql(`alter table "release" add constraint "release_compatibility_check" check (jsonb_typeof(compatibility) = 'array');`);
    this.addSql(`alter table "release" add constraint "release_changelog_check" check (jsonb_typeof(changelog) = 'array');`);

    this.addSql(`alter table "sku_meaning" add constraint "sku_meaning_addon_id_foreign" foreign key ("addon_id") references "addon" ("id") on delete no action;`);
    this.addSql(`alter table "sku_meaning" add constraint "sku_meaning_kind_check" check (kind in ('ADDON', 'RENEWAL', 'PREPAID_TIME', 'IGNORED'));`);
    this.addSql(`alter table "sku_meaning" add constraint "sku_meaning_addon_check" check ((kind in ('ADDON', 'RENEWAL')) = (addon_id is not null));`);
    this.addSql(`alter table "sku_meaning" add constraint "sku_meaning_periods_check" check ((kind = 'RENEWAL') = (periods is not null) and periods >= 1);`);
    this.addSql(`alter table "sku_meaning" add constraint "sku_meaning_minutes_check" check ((kind = 'PREPAID_TIME') = (minutes is not null) and minutes >= 1);`);

    this.addSql(`alter table "store" add constraint "store_customer_id_foreign" foreign key ("customer_id") references "customer" ("id") on delete no action;`);
    this.addSql(`alter table "store" add constraint "store_platform_check" check (platform in ('MAGENTO', 'PRESTASHOP'));`);
    this.addSql(`alter table "store" add constraint "store_role_check" check (role in ('VENDOR_SHOP', 'CUSTOMER_PRODUCTION', 'CUSTOMER_STAGING', 'CUSTOMER_DEVELOPMENT'));`);
    this.addSql(`alter table "store" add constraint "store_owner_check" check ((role = 'VENDOR_SHOP') = (customer_id is null));`);
    this.addSql(`alter table "store" add constraint "store_code_check" check ((role = 'VENDOR_SHOP') = (code is not null));`);
    this.addSql(`alter table "store" enable row level security;`);
    this.addSql(`alter table "store" force row level security;`);
    this.addSql(`create policy "store_scope" on "store" using (current_setting('tenure.sees', true) = 'all' or customer_id = nullif(current_setting('tenure.customer', true), '')::uuid);`);

    this.addSql(`alter table "import_exception" add constraint "import_exception_shop_id_foreign" foreign key ("shop_id") references "store" ("id");`);
    this.addSql(`alter table "import_exception" add constraint "import_exception_attempts_check" check (attempts >= 1);`);
    this.addSql(`alter table "import_exception" add constraint "import_exception_resolution_check" check ((resolved_at is null) = (resolution is null));`);
    this.addSql(`alter table "import_exception" add constraint "import_exception_dismissed_check" check (resolved_at is not null or not dismissed);`);
    this.addSql(`alter table "import_exception" enable row level security;`);
    this.addSql(`alter table "import_exception" force row level security;`);
    this.addSql(`create policy "import_exception_scope" on "import_exception" using (current_setting('tenure.sees', true) = 'all');`);

    this.addSql(`alter table "imported_refund" add constraint "imported_refund_shop_id_foreign" foreign key ("shop_id") references "store" ("id");`);
    this.addSql(`alter table "imported_refund" enable row level security;`);
    this.addSql(`alter table "imported_refund" force row level security;`);
    this.addSql(`create policy "imported_refund_scope" on "imported_refund" using (current_setting('tenure.sees', true) = 'all');`);

    this.addSql(`alter table "imported_order" add constraint "imported_order_shop_id_foreign" foreign key ("shop_id") references "store" ("id");`);
    this.addSql(`alter table "imported_order" enable row level security;`);
    this.addSql(`alter table "imported_order" force row level security;`);
    this.addSql(`create policy "imported_order_scope" on "imported_order" using (current_setting('tenure.sees', true) = 'all');`);

    this.addSql(`alter table "import_cursor" add constraint "import_cursor_shop_id_foreign" foreign key ("shop_id") references "store" ("id");`);
    this.addSql(`alter table "import_cursor" enable row level security;`);
    this.addSql(`alter table "import_cursor" force row level security;`);
    this.addSql(`create policy "import_cursor_scope" on "import_cursor" using (current_setting('tenure.sees', true) = 'all');`);

    this.addSql(`alter table "access_token" add constraint "access_token_customer_id_foreign" foreign key ("customer_id") references "customer" ("id") on delete no action;`);
    this.addSql(`alter table "access_token" add constraint "access_token_store_id_foreign" foreign key ("store_id") references "store" ("id") on delete no action;`);
    this.addSql(`alter table "access_token" add constraint "access_token_kind_check" check (kind in ('STAFF', 'PARTNER', 'CUSTOMER', 'STORE'));`);
    this.addSql(`alter table "access_token" add constraint "access_token_customer_check" check ((kind in ('CUSTOMER', 'STORE')) = (customer_id is not null));`);
    this.addSql(`alter table "access_token" add constraint "access_token_store_check" check ((kind = 'STORE') = (store_id is not null));`);
    this.addSql(`alter table "access_token" add constraint "access_token_digest_check" check (octet_length(digest) = 32);`);
    this.addSql(`alter table "access_token" enable row level security;`);
    this.addSql(`alter table "access_token" force row level security;`);
    this.addSql(`create policy "access_token_scope" on "access_token" using (current_setting('tenure.sees', true) = 'all' or customer_id = nullif(current_setting('tenure.customer', true), '')::uuid or encode(digest, 'hex') = nullif(current_setting('tenure.authenticating', true), ''));`);

    this.addSql(`alter table "store_reading" add constraint "store_reading_store_id_foreign" foreign key ("store_id") references "store" ("id");`);
    this.addSql(`alter table "store_reading" add constraint "store_reading_source_check" check (source in ('CONNECTOR', 'PLUGIN', 'DECLARED'));`);
    this.addSql(`alter table "store_reading" add constraint "store_reading_version_check" check (platform_version is not null or not version_exact);`);
    this.addSql(`alter table "store_reading" enable row level security;`);
    this.addSql(`alter table "store_reading" force row level security;`);
    this.addSql(`create policy "store_reading_scope" on "store_reading" using (current_setting('tenure.sees', true) = 'all' or exists (select from store where store.id = store_id));`);

    this.addSql(`alter table "support_policy_version" add constraint "support_policy_version_version_check" check (version >= 1);`);
    this.addSql(`create or replace function "support_policy_version_support_policy_version_immutable_fn"() returns trigger as \$\$ begin raise exception 'a published support policy never changes: publish a new version' using errcode = 'restrict_violation'; end; \$\$ language plpgsql;`);
    this.addSql(`create trigger "support_policy_version_immutable" BEFORE UPDATE OR DELETE on "support_policy_version" for each ROW execute function "support_policy_version_support_policy_version_immutable_fn"();`);

    this.addSql(`alter table "purchase" add constraint "purchase_customer_id_foreign" foreign key ("customer_id") references "customer" ("id");`);
    this.addSql(`alter table "purchase" add constraint "purchase_addon_id_foreign" foreign key ("addon_id") references "addon" ("id");`);
    this.addSql(`alter table "purchase" add constraint "purchase_store_id_foreign" foreign key ("store_id") references "store" ("id") on delete no action;`);
    this.addSql(`alter table "purchase" add constraint "purchase_support_policy_version_id_foreign" foreign key ("support_policy_version_id") references "support_policy_version" ("id");`);
    this.addSql(`alter table "purchase" add constraint "purchase_unit_check" check (unit >= 1);`);
    this.addSql(`alter table "purchase" add constraint "purchase_list_price_minor_check" check (list_price_minor >= 0);`);
    this.addSql(`alter table "purchase" add constraint "purchase_paid_minor_check" check (paid_minor >= 0);`);
    this.addSql(`alter table "purchase" add constraint "purchase_currency_code_check" check (currency_code ~ '^[A-Z]{3}\$');`);
    this.addSql(`alter table "purchase" add constraint "purchase_revocation_check" check ((revoked_at is null) = (revocation is null));`);
    this.addSql(`alter table "purchase" add constraint "purchase_advertised_compatibility_check" check (jsonb_typeof(advertised_compatibility) = 'array');`);
    this.addSql(`alter table "purchase" enable row level security;`);
    this.addSql(`alter table "purchase" force row level security;`);
    this.addSql(`create policy "purchase_scope" on "purchase" using (current_setting('tenure.sees', true) = 'all' or customer_id = nullif(current_setting('tenure.customer', true), '')::uuid);`);

    this.addSql(`alter table "recorded_decision" add constraint "recorded_decision_purchase_id_foreign" foreign key ("purchase_id") references "purchase" ("id");`);
    this.addSql(`alter table "recorded_decision" add constraint "recorded_decision_support_policy_version_id_foreign" foreign key ("support_policy_version_id") references "support_policy_version" ("id");`);
    this.addSql(`alter table "recorded_decision" add constraint "recorded_decision_kind_check" check (kind in ('RENEWAL', 'REVOCATION'));`);
    this.addSql(`create or replace function "recorded_decision_recorded_decision_immutable_fn"() returns trigger as \$\$ begin raise exception 'a recorded decision is evidence and never changes' using errcode = 'restrict_violation'; end; \$\$ language plpgsql;`);
    this.addSql(`create trigger "recorded_decision_immutable" BEFORE UPDATE OR DELETE on "recorded_decision" for each ROW execute function "recorded_decision_recorded_decision_immutable_fn"();`);
    this.addSql(`alter table "recorded_decision" enable row level security;`);
    this.addSql(`alter table "recorded_decision" force row level security;`);
    this.addSql(`create policy "recorded_decision_scope" on "recorded_decision" using (current_setting('tenure.sees', true) = 'all' or exists (select from purchase where purchase.id = purchase_id));`);

    this.addSql(`alter table "support_term" add constraint "support_term_purchase_id_foreign" foreign key ("purchase_id") references "purchase" ("id");`);
    this.addSql(`alter table "support_term" add constraint "support_term_support_policy_version_id_foreign" foreign key ("support_policy_version_id") references "support_policy_version" ("id");`);
    this.addSql(`alter table "support_term" add constraint "support_term_origin_check" check (origin in ('INCLUDED', 'RENEWAL', 'GOODWILL'));`);
    this.addSql(`alter table "support_term" add constraint "support_term_unit_check" check (unit >= 1);`);
    this.addSql(`alter table "support_term" add constraint "support_term_ordinal_check" check (ordinal >= 1);`);
    this.addSql(`alter table "support_term" add constraint "support_term_periods_check" check (periods >= 1 and months >= 1);`);
    this.addSql(`alter table "support_term" add constraint "support_term_days_check" check (anchored_on <= starts_on and starts_on <= ends_on);`);
    this.addSql(`alter table "support_term" add constraint "support_term_span_check" check (starts_at < expires_at);`);
    this.addSql(`alter table "support_term" add constraint "support_term_no_overlap" exclude using gist (purchase_id with =, tstzrange(starts_at, expires_at) with &&) deferrable initially deferred;`);
    this.addSql(`alter table "support_term" enable row level security;`);
    this.addSql(`alter table "support_term" force row level security;`);
    this.addSql(`create policy "support_term_scope" on "support_term" using (current_setting('tenure.sees', true) = 'all' or exists (select from purchase where purchase.id = purchase_id));`);
  }

  override down(): void | Promise<void> {
    this.addSql(`alter table "release" drop constraint "release_addon_id_foreign";`);
    this.addSql(`alter table "sku_meaning" drop constraint "sku_meaning_addon_id_foreign";`);
    this.addSql(`alter table "purchase" drop constraint "purchase_addon_id_foreign";`);
    this.addSql(`alter table "prepaid_time_order" drop constraint "prepaid_time_order_customer_id_foreign";`);
    this.addSql(`alter table "store" drop constraint "store_customer_id_foreign";`);
    this.addSql(`alter table "access_token" drop constraint "access_token_customer_id_foreign";`);
    this.addSql(`alter table "purchase" drop constraint "purchase_customer_id_foreign";`);
    this.addSql(`alter table "import_exception" drop constraint "import_exception_shop_id_foreign";`);
    this.addSql(`alter table "imported_refund" drop constraint "imported_refund_shop_id_foreign";`);
    this.addSql(`alter table "imported_order" drop constraint "imported_order_shop_id_foreign";`);
    this.addSql(`alter table "import_cursor" drop constraint "import_cursor_shop_id_foreign";`);
    this.addSql(`alter table "access_token" drop constraint "access_token_store_id_foreign";`);
    this.addSql(`alter table "store_reading" drop constraint "store_reading_store_id_foreign";`);
    this.addSql(`alter table "purchase" drop constraint "purchase_store_id_foreign";`);
    this.addSql(`alter table "purchase" drop constraint "purchase_support_policy_version_id_foreign";`);
    this.addSql(`alter table "recorded_decision" drop constraint "recorded_decision_support_policy_version_id_foreign";`);
    this.addSql(`alter table "support_term" drop constraint "support_term_support_policy_version_id_foreign";`);
    this.addSql(`alter table "recorded_decision" drop constraint "recorded_decision_purchase_id_foreign";`);
    this.addSql(`alter table "support_term" drop constraint "support_term_purchase_id_foreign";`);

    this.addSql(`drop table if exists "addon" cascade;`);
    this.addSql(`drop table if exists "customer" cascade;`);
    this.addSql(`drop table if exists "idempotency_key" cascade;`);
    this.addSql(`drop table if exists "prepaid_time_order" cascade;`);
    this.addSql(`drop table if exists "release" cascade;`);
    this.addSql(`drop table if exists "sku_meaning" cascade;`);
    this.addSql(`drop table if exists "store" cascade;`);
    this.addSql(`drop table if exists "import_exception" cascade;`);
    this.addSql(`drop table if exists "imported_refund" cascade;`);
    this.addSql(`drop table if exists "imported_order" cascade;`);
    this.addSql(`drop table if exists "import_cursor" cascade;`);
    this.addSql(`drop table if exists "access_token" cascade;`);
    this.addSql(`drop table if exists "store_reading" cascade;`);
    this.addSql(`drop trigger if exists "support_policy_version_immutable" on "support_policy_version";`);
    this.addSql(`drop function if exists "support_policy_version_support_policy_version_immutable_fn"();`);
    this.addSql(`drop table if exists "support_policy_version" cascade;`);
    this.addSql(`drop table if exists "purchase" cascade;`);
    this.addSql(`drop trigger if exists "recorded_decision_immutable" on "recorded_decision";`);
    this.addSql(`drop function if exists "recorded_decision_recorded_decision_immutable_fn"();`);
    this.addSql(`drop table if exists "recorded_decision" cascade;`);
    this.addSql(`drop table if exists "support_term" cascade;`);
  }

}
