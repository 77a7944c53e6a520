import { Migration } from '@mikro-orm/migrations';

/**
 * Written by hand: the places of the queue, for whoever asks for its own. A place counts everyone's tickets, and row-level security hides them from a customer;
 * the function therefore sees them whoever asks, and tells places alone.
 */
export class Migration20261122080500_queue_places extends Migration {
  override name = 'Migration20261122080500_queue_places';

  override up(): void {
    this.addSql(`create function ticket_queue_places()
      returns table (id uuid, work text, return_to text, submitted_at timestamptz, queue_at timestamptz, queue_seq bigint)
      language plpgsql as $$
      declare
        asker text := coalesce(current_setting('tenure.sees', true), '');
      begin
        perform set_config('tenure.sees', 'all', true);
        return query
          select ticket.id, ticket.work, ticket.return_to, ticket.submitted_at, ticket.queue_at, ticket.queue_seq
          from ticket where ticket.work = 'QUEUED' or ticket.return_to = 'QUEUED';
        perform set_config('tenure.sees', asker, true);
      end $$;`);
  }

  override down(): void {
    this.addSql('drop function ticket_queue_places();');
  }
}
