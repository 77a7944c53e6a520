import { Migration } from '@mikro-orm/migrations';

/**
 * Written by hand: since when a wallet is suspended, for whoever works with it. The alarms themselves are the vendor's, and row-level security hides them
 * from a customer, whose commands must be refused all the same; the function therefore sees them whoever asks, and tells the instant alone.
 */
export class Migration20261122071523_time_suspension extends Migration {
  override name = 'Migration20261122071523_time_suspension';

  override up(): void {
    this.addSql(`create function time_wallet_suspended_at(wallet uuid) returns timestamptz language plpgsql as $$
      declare
        asker text := coalesce(current_setting('tenure.sees', true), '');
        suspended_at timestamptz;
      begin
        perform set_config('tenure.sees', 'all', true);
        select raised_at into suspended_at from time_alarm where wallet_id = wallet and cleared_at is null;
        perform set_config('tenure.sees', asker, true);
        return suspended_at;
      end $$;`);
  }

  override down(): void {
    this.addSql('drop function time_wallet_suspended_at(uuid);');
  }
}
