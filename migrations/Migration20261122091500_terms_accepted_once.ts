import { Migration } from '@mikro-orm/migrations';

/** Nulls are all different to a plain unique constraint: an explicit acceptance, which names no order line, needs one of its own. */
export class Migration20261122091500_terms_accepted_once extends Migration {
  override name = 'Migration20261122091500_terms_accepted_once';

  override up(): void {
    this.addSql(`create unique index "terms_acceptance_explicit_once" on "terms_acceptance" ("customer_id", "support_policy_version_id") where order_line is null;`);
  }

  override down(): void {
    this.addSql(`drop index "terms_acceptance_explicit_once";`);
  }
}
