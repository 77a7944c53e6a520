import { Migration } from '@mikro-orm/migrations';

const CATALOGUE = ['addon', 'release', 'sku_meaning', 'support_policy_version'];
const VENDOR = `current_setting('tenure.sees', true) = 'all'`;
const OF_VISIBLE_PURCHASE = 'exists (select from purchase where purchase.id = purchase_id)';

/**
 * Written by hand: the catalogue and the published conditions are read by all and written by the vendor; support terms are read by whoever sees the purchase, and
 * a customer moves them only where a licence is taken back.
 */
export class Migration20261122091656_catalogue_row_security extends Migration {
  override name = 'Migration20261122091656_catalogue_row_security';

  override up(): void {
    for (const table of CATALOGUE) {
      this.addSql(`alter table "${table}" enable row level security;`);
      this.addSql(`alter table "${table}" force row level security;`);
      this.addSql(`create policy "${table}_readers" on "${table}" for select using (true);`);
      this.addSql(`create policy "${table}_writers" on "${table}" using (${VENDOR});`);
    }
    this.addSql(`drop policy "support_term_scope" on "support_term";`);
    this.addSql(`create policy "support_term_readers" on "support_term" for select using (${VENDOR} or ${OF_VISIBLE_PURCHASE});`);
    this.addSql(`create policy "support_term_writers" on "support_term" using (${VENDOR});`);
    this.addSql(
      `create policy "support_term_returns" on "support_term" for update using (${OF_VISIBLE_PURCHASE} and nullif(current_setting('tenure.takes_back', true), '') is not null);`,
    );
  }

  override down(): void {
    for (const policy of ['readers', 'writers', 'returns']) this.addSql(`drop policy "support_term_${policy}" on "support_term";`);
    this.addSql(`create policy "support_term_scope" on "support_term" using (${VENDOR} or ${OF_VISIBLE_PURCHASE});`);
    for (const table of CATALOGUE) {
      for (const policy of ['readers', 'writers']) this.addSql(`drop policy "${table}_${policy}" on "${table}";`);
      this.addSql(`alter table "${table}" no force row level security;`);
      this.addSql(`alter table "${table}" disable row level security;`);
    }
  }
}
