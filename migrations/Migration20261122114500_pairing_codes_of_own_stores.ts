import { Migration } from '@mikro-orm/migrations';

export class Migration20261122114500_pairing_codes_of_own_stores extends Migration {
  override name = 'Migration20261122114500_pairing_codes_of_own_stores';

  override up(): void {
    this.addSql(`alter policy "pairing_code_scope" on "pairing_code" with check (encode(digest, 'hex') = nullif(current_setting('tenure.pairing', true), '') or ((current_setting('tenure.sees', true) = 'all' or customer_id = nullif(current_setting('tenure.customer', true), '')::uuid) and exists (select from store where store.id = store_id and store.customer_id = pairing_code.customer_id)));`);
  }

  override down(): void {
    this.addSql(`drop policy "pairing_code_scope" on "pairing_code";`);
    this.addSql(`create policy "pairing_code_scope" on "pairing_code" using (current_setting('tenure.sees', true) = 'all' or customer_id = nullif(current_setting('tenure.customer', true), '')::uuid or encode(digest, 'hex') = nullif(current_setting('tenure.pairing', true), ''));`);
  }
}
