import { Migration } from '@mikro-orm/migrations';

export class Migration20261122070423_ledger_and_tickets extends Migration {

  override name = 'Migration20261122070423_ledger_and_tickets';

  override up(): void | Promise<void> {
    this.addSql(`create table "outbox_event" ("id" uuid not null, "kind" text not null, "customer_id" uuid null, "key" text not null, "data" jsonb not null, "happened_at" timestamptz not null, primary key ("id"));`);
    this.addSql(`alter table "outbox_event" add constraint "outbox_event_key_unique" unique ("key");`);
    this.addSql(`create index "outbox_event_happened_at_id_index" on "outbox_event" ("happened_at", "id");`);

    this.addSql(`create table "project" ("id" uuid not null, "customer_id" uuid not null, "name" text not null, "created_at" timestamptz not null, primary key ("id"));`);
    this.addSql(`alter table "project" add constraint "project_customer_id_name_unique" unique ("customer_id", "name");`);

    this.addSql(`create table "bug_report" ("id" uuid not null, "addon_id" uuid not null, "reference" text not null, "summary" text not null, "recorded_at" timestamptz not null, "recorded_by" text not null, "fixed_in_id" uuid null, "fixed_at" timestamptz null, primary key ("id"));`);
    this.addSql(`alter table "bug_report" add constraint "bug_report_addon_id_reference_unique" unique ("addon_id", "reference");`);

    this.addSql(`create table "terms_acceptance" ("id" uuid not null, "customer_id" uuid not null, "support_policy_version_id" uuid not null, "content_hash" char(64) not null, "way" text not null, "order_line" text null, "accepted_by" text not null, "accepted_at" timestamptz not null, primary key ("id"));`);
    this.addSql(`alter table "terms_acceptance" add constraint "terms_acceptance_once" unique ("customer_id", "support_policy_version_id", "order_line");`);

    this.addSql(`create table "ticket" ("id" uuid not null, "customer_id" uuid not null, "purchase_id" uuid null, "store_id" uuid null, "project_id" uuid null, "parent_id" uuid null, "support_policy_version_id" uuid not null, "request" text not null, "channel" text not null, "report" jsonb not null, "fingerprint" char(64) not null, "submitted_at" timestamptz not null, "seq" bigint not null, "queue_at" timestamptz not null, "queue_seq" bigint not null, "work" text not null, "return_to" text null, "event_count" int not null, "next_due_at" timestamptz null, "next_due_clock" text null, "bug_id" uuid null, primary key ("id"));`);
    this.addSql(`create index "ticket_customer_id_seq_index" on "ticket" ("customer_id", "seq");`);
    this.addSql(`create index "ticket_queue_at_queue_seq_index" on "ticket" ("queue_at", "queue_seq") where work = 'QUEUED' or return_to = 'QUEUED';`);
    this.addSql(`create index "ticket_next_due_at_index" on "ticket" ("next_due_at") where next_due_at is not null;`);
    this.addSql(`create index "ticket_customer_id_fingerprint_index" on "ticket" ("customer_id", "fingerprint");`);
    this.addSql(`create index "ticket_purchase_id_index" on "ticket" ("purchase_id");`);
    this.addSql(`create index "ticket_parent_id_index" on "ticket" ("parent_id");`);
    this.addSql(`create index "ticket_bug_id_index" on "ticket" ("bug_id");`);
    this.addSql(`alter table "ticket" add constraint "ticket_seq_unique" unique ("seq");`);

    this.addSql(`create table "access_information" ("id" uuid not null, "ticket_id" uuid not null, "item" text not null, "sealed" bytea null, "supplied_at" timestamptz not null, "supplied_by" text not null, "usable" boolean null, "checked_at" timestamptz null, "checked_by" text null, "purged_at" timestamptz null, primary key ("id"));`);
    this.addSql(`create index "access_information_ticket_id_item_index" on "access_information" ("ticket_id", "item");`);

    this.addSql(`create table "access_reveal" ("id" uuid not null, "access_information_id" uuid not null, "staff_name" text not null, "staff_session" text not null, "reason" text not null, "revealed_at" timestamptz not null, primary key ("id"));`);
    this.addSql(`alter table "access_reveal" add constraint "access_reveal_access_information_id_staff_session_unique" unique ("access_information_id", "staff_session");`);

    this.addSql(`create table "ticket_data_key" ("ticket_id" uuid not null, "sealed_key" bytea not null, "created_at" timestamptz not null, primary key ("ticket_id"));`);

    this.addSql(`create table "ticket_decision" ("id" uuid not null, "ticket_id" uuid not null, "moment" text not null, "decision" jsonb not null, "facts" jsonb not null, "store_reading_id" uuid null, "decided_at" timestamptz not null, primary key ("id"));`);
    this.addSql(`create index "ticket_decision_ticket_id_decided_at_id_index" on "ticket_decision" ("ticket_id", "decided_at", "id");`);

    this.addSql(`create table "ticket_event" ("ticket_id" uuid not null, "ordinal" int not null, "kind" text not null, "at" timestamptz not null, "recorded_at" timestamptz not null, "actor_kind" text not null, "actor_name" text null, "data" jsonb not null, primary key ("ticket_id", "ordinal"));`);
    this.addSql(`create index "ticket_event_kind_at_index" on "ticket_event" ("kind", "at");`);

    this.addSql(`create table "ticket_message" ("id" uuid not null, "ticket_id" uuid not null, "visibility" text not null, "author_kind" text not null, "author_name" text not null, "body" text not null, "written_at" timestamptz not null, primary key ("id"));`);
    this.addSql(`create index "ticket_message_ticket_id_written_at_id_index" on "ticket_message" ("ticket_id", "written_at", "id");`);

    this.addSql(`create table "time_wallet" ("id" uuid not null, "customer_id" uuid not null, "issued_minutes" int not null, "last_sequence" int not null, "recorded_through" timestamptz null, "created_at" timestamptz not null, primary key ("id"));`);
    this.addSql(`alter table "time_wallet" add constraint "time_wallet_customer_id_unique" unique ("customer_id");`);

    this.addSql(`create table "time_transaction" ("id" uuid not null, "wallet_id" uuid not null, "sequence" int not null, "kind" text not null, "effective_at" timestamptz not null, "recorded_at" timestamptz not null, "actor_kind" text not null, "actor_name" text not null, "reason" text not null, "rule" text not null, "project_id" uuid null, "ticket_id" uuid null, "task_id" uuid null, "hold_id" uuid null, "requested_minutes" int null, "lapses_at" timestamptz null, "reverses_id" uuid null, primary key ("id"));`);
    this.addSql(`alter table "time_transaction" add constraint "time_transaction_reverses_id_unique" unique ("reverses_id");`);
    this.addSql(`create index "time_transaction_ticket_id_index" on "time_transaction" ("ticket_id");`);
    this.addSql(`create index "time_transaction_hold_id_index" on "time_transaction" ("hold_id");`);
    this.addSql(`create index "time_transaction_wallet_id_recorded_at_index" on "time_transaction" ("wallet_id", "recorded_at");`);
    this.addSql(`alter table "time_transaction" add constraint "time_transaction_wallet_id_sequence_unique" unique ("wallet_id", "sequence");`);

    this.addSql(`create table "time_lot" ("id" uuid not null, "wallet_id" uuid not null, "source" text not null, "minutes" int not null, "project_id" uuid null, "priority" int not null, "usable_from" timestamptz not null, "ends_at" timestamptz null, "term_purchase_id" uuid null, "on_term_end" text null, "price_minor" bigint null, "currency_code" char(3) null, "parent_id" uuid null, "created_at" timestamptz not null, "support_policy_version_id" uuid not null, "grant_key" text null, primary key ("id"));`);
    this.addSql(`alter table "time_lot" add constraint "time_lot_grant_key_unique" unique ("grant_key");`);
    this.addSql(`create index "time_lot_wallet_id_index" on "time_lot" ("wallet_id");`);
    this.addSql(`create index "time_lot_ends_at_index" on "time_lot" ("ends_at") where ends_at is not null;`);
    this.addSql(`create index "time_lot_term_purchase_id_index" on "time_lot" ("term_purchase_id");`);

    this.addSql(`create table "time_lot_balance" ("lot_id" uuid not null, "wallet_id" uuid not null, "available" int not null, "held" int not null, "consumed" int not null, "expired" int not null, "voided" int not null, primary key ("lot_id"));`);
    this.addSql(`create index "time_lot_balance_wallet_id_index" on "time_lot_balance" ("wallet_id");`);

    this.addSql(`create table "time_leg" ("transaction_id" uuid not null, "position" int not null, "wallet_id" uuid not null, "account" text not null, "lot_id" uuid null, "minutes" int not null, primary key ("transaction_id", "position"));`);
    this.addSql(`create index "time_leg_lot_id_index" on "time_leg" ("lot_id");`);

    this.addSql(`create table "time_hold" ("id" uuid not null, "wallet_id" uuid not null, "project_id" uuid not null, "ticket_id" uuid not null, "task_id" uuid not null, "requested_minutes" int not null, "lapses_at" timestamptz null, "placed_at" timestamptz not null, "allocations" jsonb not null, "resolved_by_id" uuid null, primary key ("id"));`);
    this.addSql(`create index "time_hold_wallet_id_index" on "time_hold" ("wallet_id") where resolved_by_id is null;`);
    this.addSql(`create index "time_hold_lapses_at_index" on "time_hold" ("lapses_at") where resolved_by_id is null and lapses_at is not null;`);
    this.addSql(`create index "time_hold_ticket_id_index" on "time_hold" ("ticket_id");`);
    this.addSql(`create unique index "time_hold_one_open_per_task" on "time_hold" ("ticket_id", "task_id") where resolved_by_id is null;`);

    this.addSql(`create table "time_alarm" ("id" uuid not null, "wallet_id" uuid not null, "raised_at" timestamptz not null, "differences" jsonb not null, "cleared_at" timestamptz null, "cleared_by" text null, "resolution" text null, primary key ("id"));`);
    this.addSql(`create unique index "time_alarm_one_open_per_wallet" on "time_alarm" ("wallet_id") where cleared_at is null;`);

    this.addSql(`create table "work_log_entry" ("id" uuid not null, "ticket_id" uuid not null, "task_id" uuid not null, "seconds" int not null, "note" text not null, "staff_name" text not null, "worked_at" timestamptz not null, "logged_at" timestamptz not null, primary key ("id"));`);
    this.addSql(`create index "work_log_entry_ticket_id_logged_at_id_index" on "work_log_entry" ("ticket_id", "logged_at", "id");`);

    this.addSql(`alter table "addon" add "included_minutes" int not null default 0;`);
    this.addSql(`alter table "addon" add constraint "addon_included_minutes_check" check (included_minutes >= 0);`);

    this.addSql(`alter table "sku_meaning" add "support_policy_name" text null;`);
    this.addSql(`alter table "sku_meaning" add constraint "sku_meaning_support_policy_name_check" check ((kind = 'PREPAID_TIME') = (support_policy_name is not null));`);

    this.addSql(`alter table "outbox_event" add constraint "outbox_event_customer_id_foreign" foreign key ("customer_id") references "customer" ("id") on delete no action;`);
    this.addSql(`alter table "outbox_event" add constraint "outbox_event_kind_check" check (kind in ('BUG_FIXED', 'REFUND_OFFERED', 'TIME_ALARM_RAISED'));`);
    this.addSql(`alter table "outbox_event" enable row level security;`);
    this.addSql(`alter table "outbox_event" force row level security;`);
    this.addSql(`create policy "outbox_event_scope" on "outbox_event" using (current_setting('tenure.sees', true) = 'all');`);

    this.addSql(`alter table "project" add constraint "project_customer_id_foreign" foreign key ("customer_id") references "customer" ("id");`);
    this.addSql(`alter table "project" enable row level security;`);
    this.addSql(`alter table "project" force row level security;`);
    this.addSql(`create policy "project_scope" on "project" using (current_setting('tenure.sees', true) = 'all' or customer_id = nullif(current_setting('tenure.customer', true), '')::uuid);`);

    this.addSql(`alter table "bug_report" add constraint "bug_report_addon_id_foreign" foreign key ("addon_id") references "addon" ("id");`);
    this.addSql(`alter table "bug_report" add constraint "bug_report_fixed_in_id_foreign" foreign key ("fixed_in_id") references "release" ("id") on delete no action;`);
    this.addSql(`alter table "bug_report" add constraint "bug_report_fixed_check" check ((fixed_in_id is null) = (fixed_at is null));`);
    this.addSql(`alter table "bug_report" enable row level security;`);
    this.addSql(`alter table "bug_report" force row level security;`);
    this.addSql(`create policy "bug_report_scope" on "bug_report" using (current_setting('tenure.sees', true) = 'all' or exists (select from ticket where ticket.bug_id = bug_report.id));`);

    this.addSql(`alter table "terms_acceptance" add constraint "terms_acceptance_customer_id_foreign" foreign key ("customer_id") references "customer" ("id");`);
    this.addSql(`alter table "terms_acceptance" add constraint "terms_acceptance_support_policy_version_id_foreign" foreign key ("support_policy_version_id") references "support_policy_version" ("id");`);
    this.addSql(`alter table "terms_acceptance" add constraint "terms_acceptance_way_check" check (way in ('EXPLICIT', 'BY_PURCHASE') and (way = 'BY_PURCHASE') = (order_line is not null));`);
    this.addSql(`create or replace function "terms_acceptance_terms_acceptance_immutable_fn"() returns trigger as \$\$ begin raise exception 'what was accepted is evidence and never changes' using errcode = 'restrict_violation'; end; \$\$ language plpgsql;`);
    this.addSql(`create trigger "terms_acceptance_immutable" BEFORE UPDATE OR DELETE on "terms_acceptance" for each ROW execute function "terms_acceptance_terms_acceptance_immutable_fn"();`);
    this.addSql(`alter table "terms_acceptance" enable row level security;`);
    this.addSql(`alter table "terms_acceptance" force row level security;`);
    this.addSql(`create policy "terms_acceptance_scope" on "terms_acceptance" using (current_setting('tenure.sees', true) = 'all' or customer_id = nullif(current_setting('tenure.customer', true), '')::uuid);`);

    this.addSql(`alter table "ticket" add constraint "ticket_customer_id_foreign" foreign key ("customer_id") references "customer" ("id");`);
    this.addSql(`alter table "ticket" add constraint "ticket_purchase_id_foreign" foreign key ("purchase_id") references "purchase" ("id") on delete no action;`);
    this.addSql(`alter table "ticket" add constraint "ticket_store_id_foreign" foreign key ("store_id") references "store" ("id") on delete no action;`);
    this.addSql(`alter table "ticket" add constraint "ticket_project_id_foreign" foreign key ("project_id") references "project" ("id") on delete no action;`);
    this.addSql(`alter table "ticket" add constraint "ticket_parent_id_foreign" foreign key ("parent_id") references "ticket" ("id") on delete no action;`);
    this.addSql(`alter table "ticket" add constraint "ticket_support_policy_version_id_foreign" foreign key ("support_policy_version_id") references "support_policy_version" ("id");`);
    this.addSql(`alter table "ticket" add constraint "ticket_bug_id_foreign" foreign key ("bug_id") references "bug_report" ("id") on delete no action;`);
    this.addSql(`alter table "ticket" add constraint "ticket_channel_check" check (channel in ('FORM', 'API', 'EMAIL'));`);
    this.addSql(`alter table "ticket" add constraint "ticket_event_count_check" check (event_count >= 1);`);
    this.addSql(`alter table "ticket" add constraint "ticket_next_due_check" check ((next_due_at is null) = (next_due_clock is null));`);
    this.addSql(`alter table "ticket" enable row level security;`);
    this.addSql(`alter table "ticket" force row level security;`);
    this.addSql(`create policy "ticket_scope" on "ticket" using (current_setting('tenure.sees', true) = 'all' or customer_id = nullif(current_setting('tenure.customer', true), '')::uuid);`);

    this.addSql(`alter table "access_information" add constraint "access_information_ticket_id_foreign" foreign key ("ticket_id") references "ticket" ("id");`);
    this.addSql(`alter table "access_information" add constraint "access_information_purged_check" check ((purged_at is null) = (sealed is not null));`);
    this.addSql(`alter table "access_information" add constraint "access_information_checked_check" check ((usable is null) = (checked_at is null) and (usable is null) = (checked_by is null));`);
    this.addSql(`alter table "access_information" enable row level security;`);
    this.addSql(`alter table "access_information" force row level security;`);
    this.addSql(`create policy "access_information_scope" on "access_information" using (current_setting('tenure.sees', true) = 'all' or exists (select from ticket where ticket.id = ticket_id));`);

    this.addSql(`alter table "access_reveal" add constraint "access_reveal_access_information_id_foreign" foreign key ("access_information_id") references "access_information" ("id");`);
    this.addSql(`create or replace function "access_reveal_access_reveal_grows_only_fn"() returns trigger as \$\$ begin raise exception 'what was shown stays recorded' using errcode = 'restrict_violation'; end; \$\$ language plpgsql;`);
    this.addSql(`create trigger "access_reveal_grows_only" BEFORE UPDATE OR DELETE on "access_reveal" for each ROW execute function "access_reveal_access_reveal_grows_only_fn"();`);
    this.addSql(`alter table "access_reveal" enable row level security;`);
    this.addSql(`alter table "access_reveal" force row level security;`);
    this.addSql(`create policy "access_reveal_scope" on "access_reveal" using (current_setting('tenure.sees', true) = 'all');`);

    this.addSql(`alter table "ticket_data_key" add constraint "ticket_data_key_ticket_id_foreign" foreign key ("ticket_id") references "ticket" ("id") on update cascade on delete cascade;`);
    this.addSql(`alter table "ticket_data_key" enable row level security;`);
    this.addSql(`alter table "ticket_data_key" force row level security;`);
    this.addSql(`create policy "ticket_data_key_scope" on "ticket_data_key" using (current_setting('tenure.sees', true) = 'all' or exists (select from ticket where ticket.id = ticket_id));`);

    this.addSql(`alter table "ticket_decision" add constraint "ticket_decision_ticket_id_foreign" foreign key ("ticket_id") references "ticket" ("id");`);
    this.addSql(`alter table "ticket_decision" add constraint "ticket_decision_store_reading_id_foreign" foreign key ("store_reading_id") references "store_reading" ("id") on delete no action;`);
    this.addSql(`alter table "ticket_decision" add constraint "ticket_decision_moment_check" check (moment in ('SUBMISSION', 'CLASSIFICATION', 'FINDING', 'WARRANTY_CLAIM'));`);
    this.addSql(`create or replace function "ticket_decision_ticket_decision_immutable_fn"() returns trigger as \$\$ begin raise exception 'a recorded decision is evidence and never changes' using errcode = 'restrict_violation'; end; \$\$ language plpgsql;`);
    this.addSql(`create trigger "ticket_decision_immutable" BEFORE UPDATE OR DELETE on "ticket_decision" for each ROW execute function "ticket_decision_ticket_decision_immutable_fn"();`);
    this.addSql(`alter table "ticket_decision" enable row level security;`);
    this.addSql(`alter table "ticket_decision" force row level security;`);
    this.addSql(`create policy "ticket_decision_scope" on "ticket_decision" using (current_setting('tenure.sees', true) = 'all' or exists (select from ticket where ticket.id = ticket_id));`);

    this.addSql(`alter table "ticket_event" add constraint "ticket_event_ticket_id_foreign" foreign key ("ticket_id") references "ticket" ("id");`);
    this.addSql(`alter table "ticket_event" add constraint "ticket_event_ordinal_check" check (ordinal >= 1);`);
    this.addSql(`create or replace function "ticket_event_ticket_event_grows_only_fn"() returns trigger as \$\$ begin raise exception 'the log of a ticket only grows' using errcode = 'restrict_violation'; end; \$\$ language plpgsql;`);
    this.addSql(`create trigger "ticket_event_grows_only" BEFORE UPDATE OR DELETE on "ticket_event" for each ROW execute function "ticket_event_ticket_event_grows_only_fn"();`);
    this.addSql(`alter table "ticket_event" enable row level security;`);
    this.addSql(`alter table "ticket_event" force row level security;`);
    this.addSql(`create policy "ticket_event_scope" on "ticket_event" using (current_setting('tenure.sees', true) = 'all' or exists (select from ticket where ticket.id = ticket_id));`);

    this.addSql(`alter table "ticket_message" add constraint "ticket_message_ticket_id_foreign" foreign key ("ticket_id") references "ticket" ("id");`);
    this.addSql(`alter table "ticket_message" add constraint "ticket_message_visibility_check" check (visibility in ('PUBLIC', 'INTERNAL'));`);
    this.addSql(`alter table "ticket_message" enable row level security;`);
    this.addSql(`alter table "ticket_message" force row level security;`);
    this.addSql(`create policy "ticket_message_scope" on "ticket_message" using (current_setting('tenure.sees', true) = 'all' or (visibility = 'PUBLIC' and exists (select from ticket where ticket.id = ticket_id)));`);

    this.addSql(`alter table "time_wallet" add constraint "time_wallet_customer_id_foreign" foreign key ("customer_id") references "customer" ("id");`);
    this.addSql(`alter table "time_wallet" add constraint "time_wallet_figures_check" check (issued_minutes <= 0 and last_sequence >= 0);`);
    this.addSql(`alter table "time_wallet" enable row level security;`);
    this.addSql(`alter table "time_wallet" force row level security;`);
    this.addSql(`create policy "time_wallet_scope" on "time_wallet" using (current_setting('tenure.sees', true) = 'all' or customer_id = nullif(current_setting('tenure.customer', true), '')::uuid);`);

    this.addSql(`alter table "time_transaction" add constraint "time_transaction_wallet_id_foreign" foreign key ("wallet_id") references "time_wallet" ("id");`);
    this.addSql(`alter table "time_transaction" add constraint "time_transaction_project_id_foreign" foreign key ("project_id") references "project" ("id") on delete no action;`);
    this.addSql(`alter table "time_transaction" add constraint "time_transaction_reverses_id_foreign" foreign key ("reverses_id") references "time_transaction" ("id") on delete no action;`);
    this.addSql(`alter table "time_transaction" add constraint "time_transaction_sequence_check" check (sequence >= 1);`);
    this.addSql(`alter table "time_transaction" add constraint "time_transaction_kind_check" check (kind in ('GRANT', 'ASSIGN', 'HOLD', 'SETTLE', 'RELEASE', 'LAPSE', 'EXPIRE', 'VOID', 'REVERSE'));`);
    this.addSql(`alter table "time_transaction" add constraint "time_transaction_work_check" check ((ticket_id is null) = (task_id is null));`);
    this.addSql(`alter table "time_transaction" add constraint "time_transaction_reverses_check" check ((kind = 'REVERSE') = (reverses_id is not null));`);
    this.addSql(`create or replace function "time_transaction_time_transaction_grows_only_fn"() returns trigger as \$\$ begin raise exception 'the journal of prepaid time only grows: reverse an entry by another' using errcode = 'restrict_violation'; end; \$\$ language plpgsql;`);
    this.addSql(`create trigger "time_transaction_grows_only" BEFORE UPDATE OR DELETE on "time_transaction" for each ROW execute function "time_transaction_time_transaction_grows_only_fn"();`);
    this.addSql(`alter table "time_transaction" enable row level security;`);
    this.addSql(`alter table "time_transaction" force row level security;`);
    this.addSql(`create policy "time_transaction_scope" on "time_transaction" using (current_setting('tenure.sees', true) = 'all' or exists (select from time_wallet where time_wallet.id = wallet_id));`);

    this.addSql(`alter table "time_lot" add constraint "time_lot_wallet_id_foreign" foreign key ("wallet_id") references "time_wallet" ("id");`);
    this.addSql(`alter table "time_lot" add constraint "time_lot_project_id_foreign" foreign key ("project_id") references "project" ("id") on delete no action;`);
    this.addSql(`alter table "time_lot" add constraint "time_lot_term_purchase_id_foreign" foreign key ("term_purchase_id") references "purchase" ("id") on delete no action;`);
    this.addSql(`alter table "time_lot" add constraint "time_lot_parent_id_foreign" foreign key ("parent_id") references "time_lot" ("id") on delete no action;`);
    this.addSql(`alter table "time_lot" add constraint "time_lot_support_policy_version_id_foreign" foreign key ("support_policy_version_id") references "support_policy_version" ("id");`);
    this.addSql(`alter table "time_lot" add constraint "time_lot_source_check" check (source in ('INCLUDED', 'PURCHASED', 'GOODWILL'));`);
    this.addSql(`alter table "time_lot" add constraint "time_lot_minutes_check" check (minutes >= 1);`);
    this.addSql(`alter table "time_lot" add constraint "time_lot_span_check" check (ends_at > usable_from);`);
    this.addSql(`alter table "time_lot" add constraint "time_lot_term_check" check ((term_purchase_id is null) = (on_term_end is null));`);
    this.addSql(`alter table "time_lot" add constraint "time_lot_on_term_end_check" check (on_term_end in ('SUSPEND', 'FORFEIT'));`);
    this.addSql(`alter table "time_lot" add constraint "time_lot_price_check" check ((price_minor is null) = (currency_code is null) and price_minor >= 0);`);
    this.addSql(`create or replace function "time_lot_time_lot_immutable_fn"() returns trigger as \$\$ begin raise exception 'a lot of prepaid time never changes: the journal tells what became of it' using errcode = 'restrict_violation'; end; \$\$ language plpgsql;`);
    this.addSql(`create trigger "time_lot_immutable" BEFORE UPDATE OR DELETE on "time_lot" for each ROW execute function "time_lot_time_lot_immutable_fn"();`);
    this.addSql(`alter table "time_lot" enable row level security;`);
    this.addSql(`alter table "time_lot" force row level security;`);
    this.addSql(`create policy "time_lot_scope" on "time_lot" using (current_setting('tenure.sees', true) = 'all' or exists (select from time_wallet where time_wallet.id = wallet_id));`);

    this.addSql(`alter table "time_lot_balance" add constraint "time_lot_balance_lot_id_foreign" foreign key ("lot_id") references "time_lot" ("id") on update cascade on delete cascade;`);
    this.addSql(`alter table "time_lot_balance" add constraint "time_lot_balance_wallet_id_foreign" foreign key ("wallet_id") references "time_wallet" ("id");`);
    this.addSql(`alter table "time_lot_balance" add constraint "time_lot_balance_check" check (available >= 0 and held >= 0 and consumed >= 0 and expired >= 0 and voided >= 0);`);
    this.addSql(`alter table "time_lot_balance" enable row level security;`);
    this.addSql(`alter table "time_lot_balance" force row level security;`);
    this.addSql(`create policy "time_lot_balance_scope" on "time_lot_balance" using (current_setting('tenure.sees', true) = 'all' or exists (select from time_wallet where time_wallet.id = wallet_id));`);

    this.addSql(`alter table "time_leg" add constraint "time_leg_transaction_id_foreign" foreign key ("transaction_id") references "time_transaction" ("id");`);
    this.addSql(`alter table "time_leg" add constraint "time_leg_wallet_id_foreign" foreign key ("wallet_id") references "time_wallet" ("id");`);
    this.addSql(`alter table "time_leg" add constraint "time_leg_lot_id_foreign" foreign key ("lot_id") references "time_lot" ("id") on delete no action;`);
    this.addSql(`alter table "time_leg" add constraint "time_leg_account_check" check (account in ('AVAILABLE', 'HELD', 'CONSUMED', 'EXPIRED', 'VOIDED', 'ISSUED'));`);
    this.addSql(`alter table "time_leg" add constraint "time_leg_lot_check" check ((account = 'ISSUED') = (lot_id is null));`);
    this.addSql(`alter table "time_leg" add constraint "time_leg_minutes_check" check (minutes <> 0);`);
    this.addSql(`create or replace function "time_leg_time_leg_grows_only_fn"() returns trigger as \$\$ begin raise exception 'the journal of prepaid time only grows: reverse an entry by another' using errcode = 'restrict_violation'; end; \$\$ language plpgsql;`);
    this.addSql(`create trigger "time_leg_grows_only" BEFORE UPDATE OR DELETE on "time_leg" for each ROW execute function "time_leg_time_leg_grows_only_fn"();`);
    this.addSql(`alter table "time_leg" enable row level security;`);
    this.addSql(`alter table "time_leg" force row level security;`);
    this.addSql(`create policy "time_leg_scope" on "time_leg" using (current_setting('tenure.sees', true) = 'all' or exists (select from time_wallet where time_wallet.id = wallet_id));`);

    this.addSql(`alter table "time_hold" add constraint "time_hold_wallet_id_foreign" foreign key ("wallet_id") references "time_wallet" ("id");`);
    this.addSql(`alter table "time_hold" add constraint "time_hold_project_id_foreign" foreign key ("project_id") references "project" ("id");`);
    this.addSql(`alter table "time_hold" add constraint "time_hold_resolved_by_id_foreign" foreign key ("resolved_by_id") references "time_transaction" ("id") on delete no action;`);
    this.addSql(`alter table "time_hold" add constraint "time_hold_requested_minutes_check" check (requested_minutes >= 1);`);
    this.addSql(`alter table "time_hold" add constraint "time_hold_allocations_check" check ((allocations = '[]'::jsonb) = (resolved_by_id is not null));`);
    this.addSql(`alter table "time_hold" enable row level security;`);
    this.addSql(`alter table "time_hold" force row level security;`);
    this.addSql(`create policy "time_hold_scope" on "time_hold" using (current_setting('tenure.sees', true) = 'all' or exists (select from time_wallet where time_wallet.id = wallet_id));`);

    this.addSql(`alter table "time_alarm" add constraint "time_alarm_wallet_id_foreign" foreign key ("wallet_id") references "time_wallet" ("id");`);
    this.addSql(`alter table "time_alarm" add constraint "time_alarm_cleared_check" check ((cleared_at is null) = (cleared_by is null) and (cleared_at is null) = (resolution is null));`);
    this.addSql(`alter table "time_alarm" enable row level security;`);
    this.addSql(`alter table "time_alarm" force row level security;`);
    this.addSql(`create policy "time_alarm_scope" on "time_alarm" using (current_setting('tenure.sees', true) = 'all');`);

    this.addSql(`alter table "work_log_entry" add constraint "work_log_entry_ticket_id_foreign" foreign key ("ticket_id") references "ticket" ("id");`);
    this.addSql(`alter table "work_log_entry" add constraint "work_log_entry_seconds_check" check (seconds >= 1);`);
    this.addSql(`create or replace function "work_log_entry_work_log_entry_grows_only_fn"() returns trigger as \$\$ begin raise exception 'a work log only grows' using errcode = 'restrict_violation'; end; \$\$ language plpgsql;`);
    this.addSql(`create trigger "work_log_entry_grows_only" BEFORE UPDATE OR DELETE on "work_log_entry" for each ROW execute function "work_log_entry_work_log_entry_grows_only_fn"();`);
    this.addSql(`alter table "work_log_entry" enable row level security;`);
    this.addSql(`alter table "work_log_entry" force row level security;`);
    this.addSql(`create policy "work_log_entry_scope" on "work_log_entry" using (current_setting('tenure.sees', true) = 'all' or exists (select from ticket where ticket.id = ticket_id));`);
  }

  override down(): void | Promise<void> {
    this.addSql(`alter table "ticket" drop constraint "ticket_project_id_foreign";`);
    this.addSql(`alter table "time_transaction" drop constraint "time_transaction_project_id_foreign";`);
    this.addSql(`alter table "time_lot" drop constraint "time_lot_project_id_foreign";`);
    this.addSql(`alter table "time_hold" drop constraint "time_hold_project_id_foreign";`);
    this.addSql(`alter table "ticket" drop constraint "ticket_bug_id_foreign";`);
    this.addSql(`alter table "ticket" drop constraint "ticket_parent_id_foreign";`);
    this.addSql(`alter table "access_information" drop constraint "access_information_ticket_id_foreign";`);
    this.addSql(`alter table "ticket_data_key" drop constraint "ticket_data_key_ticket_id_foreign";`);
    this.addSql(`alter table "ticket_decision" drop constraint "ticket_decision_ticket_id_foreign";`);
    this.addSql(`alter table "ticket_event" drop constraint "ticket_event_ticket_id_foreign";`);
    this.addSql(`alter table "ticket_message" drop constraint "ticket_message_ticket_id_foreign";`);
    this.addSql(`alter table "work_log_entry" drop constraint "work_log_entry_ticket_id_foreign";`);
    this.addSql(`alter table "access_reveal" drop constraint "access_reveal_access_information_id_foreign";`);
    this.addSql(`alter table "time_transaction" drop constraint "time_transaction_wallet_id_foreign";`);
    this.addSql(`alter table "time_lot" drop constraint "time_lot_wallet_id_foreign";`);
    this.addSql(`alter table "time_lot_balance" drop constraint "time_lot_balance_wallet_id_foreign";`);
    this.addSql(`alter table "time_leg" drop constraint "time_leg_wallet_id_foreign";`);
    this.addSql(`alter table "time_hold" drop constraint "time_hold_wallet_id_foreign";`);
    this.addSql(`alter table "time_alarm" drop constraint "time_alarm_wallet_id_foreign";`);
    this.addSql(`alter table "time_transaction" drop constraint "time_transaction_reverses_id_foreign";`);
    this.addSql(`alter table "time_leg" drop constraint "time_leg_transaction_id_foreign";`);
    this.addSql(`alter table "time_hold" drop constraint "time_hold_resolved_by_id_foreign";`);
    this.addSql(`alter table "time_lot" drop constraint "time_lot_parent_id_foreign";`);
    this.addSql(`alter table "time_lot_balance" drop constraint "time_lot_balance_lot_id_foreign";`);
    this.addSql(`alter table "time_leg" drop constraint "time_leg_lot_id_foreign";`);

    this.addSql(`drop table if exists "outbox_event" cascade;`);
    this.addSql(`drop table if exists "project" cascade;`);
    this.addSql(`drop table if exists "bug_report" cascade;`);
    this.addSql(`drop trigger if exists "terms_acceptance_immutable" on "terms_acceptance";`);
    this.addSql(`drop function if exists "terms_acceptance_terms_acceptance_immutable_fn"();`);
    this.addSql(`drop table if exists "terms_acceptance" cascade;`);
    this.addSql(`drop table if exists "ticket" cascade;`);
    this.addSql(`drop table if exists "access_information" cascade;`);
    this.addSql(`drop trigger if exists "access_reveal_grows_only" on "access_reveal";`);
    this.addSql(`drop function if exists "access_reveal_access_reveal_grows_only_fn"();`);
    this.addSql(`drop table if exists "access_reveal" cascade;`);
    this.addSql(`drop table if exists "ticket_data_key" cascade;`);
    this.addSql(`drop trigger if exists "ticket_decision_immutable" on "ticket_decision";`);
    this.addSql(`drop function if exists "ticket_decision_ticket_decision_immutable_fn"();`);
    this.addSql(`drop table if exists "ticket_decision" cascade;`);
    this.addSql(`drop trigger if exists "ticket_event_grows_only" on "ticket_event";`);
    this.addSql(`drop function if exists "ticket_event_ticket_event_grows_only_fn"();`);
    this.addSql(`drop table if exists "ticket_event" cascade;`);
    this.addSql(`drop table if exists "ticket_message" cascade;`);
    this.addSql(`drop table if exists "time_wallet" cascade;`);
    this.addSql(`drop trigger if exists "time_transaction_grows_only" on "time_transaction";`);
    this.addSql(`drop function if exists "time_transaction_time_transaction_grows_only_fn"();`);
    this.addSql(`drop table if exists "time_transaction" cascade;`);
    this.addSql(`drop trigger if exists "time_lot_immutable" on "time_lot";`);
    this.addSql(`drop function if exists "time_lot_time_lot_immutable_fn"();`);
    this.addSql(`drop table if exists "time_lot" cascade;`);
    this.addSql(`drop table if exists "time_lot_balance" cascade;`);
    this.addSql(`drop trigger if exists "time_leg_grows_only" on "time_leg";`);
    this.addSql(`drop function if exists "time_leg_time_leg_grows_only_fn"();`);
    this.addSql(`drop table if exists "time_leg" cascade;`);
    this.addSql(`drop table if exists "time_hold" cascade;`);
    this.addSql(`drop table if exists "time_alarm" cascade;`);
    this.addSql(`drop trigger if exists "work_log_entry_grows_only" on "work_log_entry";`);
    this.addSql(`drop function if exists "work_log_entry_work_log_entry_grows_only_fn"();`);
    this.addSql(`drop table if exists "work_log_entry" cascade;`);

    this.addSql(`alter table "addon" drop constraint "addon_included_minutes_check";`);
    this.addSql(`alter table "addon" drop column "included_minutes";`);

    this.addSql(`alter table "sku_meaning" drop constraint "sku_meaning_support_policy_name_check";`);
    this.addSql(`alter table "sku_meaning" drop column "support_policy_name";`);
  }

}
