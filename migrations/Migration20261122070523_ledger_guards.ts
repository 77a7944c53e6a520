import { Migration } from '@mikro-orm/migrations';

/** What only grows. Locking a row that others refer to needs the right to update one column of it; the trigger refuses the update itself. */
const GROWS_ONLY = ['time_transaction', 'time_leg', 'time_lot', 'ticket_event', 'ticket_decision', 'work_log_entry', 'access_reveal', 'terms_acceptance'];
const REFERRED_TO: Readonly<Record<string, string>> = { time_transaction: 'id', time_lot: 'id' };

/** Written by hand: the generator knows no sequences, grants, or triggers that look at all rows of a statement. */
export class Migration20261122070523_ledger_guards extends Migration {
  override name = 'Migration20261122070523_ledger_guards';

  override up(): void {
    this.addSql('create sequence ticket_seq;');
    this.addSql(`create function time_leg_balanced() returns trigger language plpgsql as $$
      begin
        if exists (select from added group by transaction_id having sum(minutes) <> 0 or count(*) < 2) then
          raise exception 'the legs of a transaction are two or more and sum to 0' using errcode = 'check_violation';
        end if;
        return null;
      end $$;`);
    this.addSql(`create trigger time_leg_balanced after insert on time_leg referencing new table as added
      for each statement execute function time_leg_balanced();`);
    this.addSql(`create function grows_only() returns trigger language plpgsql as $$
      begin
        raise exception '% only grows', tg_table_name using errcode = 'restrict_violation';
      end $$;`);
    for (const table of GROWS_ONLY) {
      this.addSql(`create trigger ${table}_no_truncate before truncate on ${table} for each statement execute function grows_only();`);
      this.addSql(`revoke update, delete, truncate on ${table} from public, current_user;`);
      const column = REFERRED_TO[table];
      if (column !== undefined) this.addSql(`grant update (${column}) on ${table} to current_user;`);
    }
  }

  override down(): void {
    for (const table of GROWS_ONLY) {
      this.addSql(`drop trigger ${table}_no_truncate on ${table};`);
      this.addSql(`grant update, delete, truncate on ${table} to current_user;`);
    }
    this.addSql('drop function grows_only();');
    this.addSql('drop trigger time_leg_balanced on time_leg;');
    this.addSql('drop function time_leg_balanced();');
    this.addSql('drop sequence ticket_seq;');
  }
}
