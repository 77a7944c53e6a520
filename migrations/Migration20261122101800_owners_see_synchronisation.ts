import { Migration } from '@mikro-orm/migrations';

export class Migration20261122101800_owners_see_synchronisation extends Migration {
  override name = 'Migration20261122101800_owners_see_synchronisation';

  override up(): void {
    this.addSql(`create policy "sync_state_readers" on "sync_state" for select using (exists (select from store where store.id = store_id));`);
  }

  override down(): void {
    this.addSql(`drop policy "sync_state_readers" on "sync_state";`);
  }
}
