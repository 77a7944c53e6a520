import { Migration } from '@mikro-orm/migrations';

/**
 * Written by hand: when something was put into the outbox, by the database's clock, which is the order in which it is told. What is there already is recorded by
 * this migration, so that whoever reads on sees it once more, with what was passed over so far.
 */
export class Migration20261122084000_outbox_recorded_at extends Migration {
  override name = 'Migration20261122084000_outbox_recorded_at';

  override up(): void {
    this.addSql(`alter table "outbox_event" add "recorded_at" timestamptz not null default clock_timestamp();`);
    this.addSql(`drop index "outbox_event_happened_at_id_index";`);
    this.addSql(`create index "outbox_event_recorded_at_id_index" on "outbox_event" ("recorded_at", "id");`);
  }

  override down(): void {
    this.addSql(`drop index "outbox_event_recorded_at_id_index";`);
    this.addSql(`create index "outbox_event_happened_at_id_index" on "outbox_event" ("happened_at", "id");`);
    this.addSql(`alter table "outbox_event" drop column "recorded_at";`);
  }
}
