import { Migration } from '@mikro-orm/migrations';

export class Migration20261122102700_manifests_as_evidence extends Migration {
  override name = 'Migration20261122102700_manifests_as_evidence';

  override up(): void {
    this.addSql(
      `create or replace function "release_manifest_release_manifest_immutable_fn"() returns trigger as $$ begin raise exception 'a manifest is evidence and never changes' using errcode = 'restrict_violation'; end; $$ language plpgsql;`,
    );
    this.addSql(
      `create trigger "release_manifest_immutable" BEFORE UPDATE OR DELETE on "release_manifest" for each ROW execute function "release_manifest_release_manifest_immutable_fn"();`,
    );
  }

  override down(): void {
    this.addSql(`drop trigger if exists "release_manifest_immutable" on "release_manifest";`);
    this.addSql(`drop function if exists "release_manifest_release_manifest_immutable_fn"();`);
  }
}
