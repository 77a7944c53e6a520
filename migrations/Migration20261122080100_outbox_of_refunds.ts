import { Migration } from '@mikro-orm/migrations';

/** What a customer is to be paid is told outside when it is owed, not only when it is offered. */
export class Migration20261122080100_outbox_of_refunds extends Migration {
  override name = 'Migration20261122080100_outbox_of_refunds';

  override up(): void {
    this.addSql(`alter table "outbox_event" drop constraint "outbox_event_kind_check";`);
    this.addSql(`alter table "outbox_event" add constraint "outbox_event_kind_check" check (kind in ('BUG_FIXED', 'REFUND_OFFERED', 'REFUND_ACCEPTED', 'TIME_REFUND_OWED', 'TIME_ALARM_RAISED'));`);
  }

  override down(): void {
    this.addSql(`alter table "outbox_event" drop constraint "outbox_event_kind_check";`);
    this.addSql(`alter table "outbox_event" add constraint "outbox_event_kind_check" check (kind in ('BUG_FIXED', 'REFUND_OFFERED', 'TIME_ALARM_RAISED'));`);
  }
}
