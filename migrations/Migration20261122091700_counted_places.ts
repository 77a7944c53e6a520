import { Migration } from '@mikro-orm/migrations';

/** What a function finds that sees everyone's rows: the asker's own view is put aside for that, and taken up again. */
const AS_VENDOR = `perform set_config('tenure.sees', 'all', true);`;
const AS_ASKER = `perform set_config('tenure.sees', asker, true);`;
const ASKER = `asker text := coalesce(current_setting('tenure.sees', true), '');`;

/**
 * Written by hand: functions that look at everyone's rows tell nothing but what concerns the rows that the asker sees. A place counts all tickets, and only
 * counts; and since when a wallet is suspended is told of a visible one alone.
 */
export class Migration20261122091700_counted_places extends Migration {
  override name = 'Migration20261122091700_counted_places';

  override up(): void {
    this.addSql('drop function ticket_queue_places();');
    this.addSql(`create function ticket_queue_standing(tickets uuid[])
      returns table (id uuid, place int, ready_count int, is_ready boolean, submitted_at timestamptz, queue_at timestamptz)
      language plpgsql as $$
      declare
        ${ASKER}
        visible uuid[];
      begin
        select array_agg(ticket.id) into visible from ticket where ticket.id = any(tickets);
        ${AS_VENDOR}
        return query
          select placed.id, placed.place, placed.ready_count, placed.is_ready, placed.submitted_at, placed.queue_at
          from (
            select ticket.id, ticket.submitted_at, ticket.queue_at, ticket.work = 'QUEUED' as is_ready,
              (count(*) filter (where ticket.work = 'QUEUED') over ())::int as ready_count,
              (1 + count(*) filter (where ticket.work = 'QUEUED')
                over (order by ticket.queue_at, ticket.queue_seq rows between unbounded preceding and 1 preceding))::int as place
            from ticket where ticket.work = 'QUEUED' or ticket.return_to = 'QUEUED'
          ) as placed where placed.id = any(visible);
        ${AS_ASKER}
      end $$;`);
    this.addSql(`create or replace function time_wallet_suspended_at(wallet uuid) returns timestamptz language plpgsql as $$
      declare
        ${ASKER}
        suspended_at timestamptz;
      begin
        if not exists (select from time_wallet where time_wallet.id = wallet) then return null; end if;
        ${AS_VENDOR}
        select raised_at into suspended_at from time_alarm where wallet_id = wallet and cleared_at is null;
        ${AS_ASKER}
        return suspended_at;
      end $$;`);
  }

  override down(): void {
    this.addSql(`create or replace function time_wallet_suspended_at(wallet uuid) returns timestamptz language plpgsql as $$
      declare
        ${ASKER}
        suspended_at timestamptz;
      begin
        ${AS_VENDOR}
        select raised_at into suspended_at from time_alarm where wallet_id = wallet and cleared_at is null;
        ${AS_ASKER}
        return suspended_at;
      end $$;`);
    this.addSql('drop function ticket_queue_standing(uuid[]);');
    this.addSql(`create function ticket_queue_places()
      returns table (id uuid, work text, return_to text, submitted_at timestamptz, queue_at timestamptz, queue_seq bigint)
      language plpgsql as $$
      declare
        ${ASKER}
      begin
        ${AS_VENDOR}
        return query
          select ticket.id, ticket.work, ticket.return_to, ticket.submitted_at, ticket.queue_at, ticket.queue_seq
          from ticket where ticket.work = 'QUEUED' or ticket.return_to = 'QUEUED';
        ${AS_ASKER}
      end $$;`);
  }
}
