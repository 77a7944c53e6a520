import { Migration } from '@mikro-orm/migrations';

/** Written by hand: the generator does not know extensions. `btree_gist` lets an exclusion constraint compare ids. */
export class Migration20261122000000_extensions extends Migration {
  override name = 'Migration20261122000000_extensions';

  override up(): void {
    this.addSql('create extension if not exists btree_gist;');
  }

  override down(): void {
    this.addSql('drop extension if exists btree_gist;');
  }
}
