import { type Collection, type EntityMetadata, type EntityName, type EntityProperty, type Reference, ReferenceKind } from '@mikro-orm/core';
import type { Session } from './session.js';

/**
 * A row as it was read, without what the mapper keeps to notice changes: a relation is told by its id, and rows that refer back are left out.
 * A row of the mapper's is one too. For answers, which read many rows and change none: the mapper takes several times as long for each.
 */
export type PlainRow<Row> = {
  readonly [Name in keyof Row as Name extends string ? (Row[Name] extends Collection<infer _> ? never : Name) : never]: Told<Row[Name]>;
};
type Told<Value> = Value extends Reference<infer _> ? { readonly id: string } : Value;

export interface PlainReader<Row> {
  /** Its columns for a list of `select`, by an alias of its table. Each is named, so that a column added later changes no prepared statement. */
  columns(alias: string): string;
  /** A row from what the driver read of those columns; others beside them are left out. */
  row(read: object): PlainRow<Row>;
}

interface PlainProperty {
  readonly name: string;
  readonly column: string;
  readonly tell: (value: unknown) => unknown;
}

/** What a row is of: as its file declares it. */
export type EntityOf<Row> = EntityName<Row>;

const readers = new WeakMap<EntityMetadata, PlainReader<never>>();

/** Reads rows of an entity as its mapping says, made once for each. */
export function plainReader<Row extends object>(
  { em }: { readonly em: Pick<Session['em'], 'getMetadata' | 'getPlatform'> },
  entity: EntityOf<Row>,
): PlainReader<Row> {
  const metadata: EntityMetadata<Row> = em.getMetadata(entity);
  const known = readers.get(metadata);
  if (known !== undefined) return known as unknown as PlainReader<Row>;
  const platform = em.getPlatform();
  const tellerOf = ({ kind, customType }: EntityProperty): PlainProperty['tell'] => {
    if (kind === ReferenceKind.MANY_TO_ONE) return (value) => ({ id: value });
    return customType === undefined ? (value) => value : (value) => customType.convertToJSValue(value, platform);
  };
  const properties = Object.values<EntityProperty>(metadata.properties).flatMap((property) =>
    property.fieldNames?.length === 1 ? [{ name: property.name, column: property.fieldNames[0], tell: tellerOf(property) }] : [],
  ) as PlainProperty[];
  const reader: PlainReader<Row> = {
    columns: (alias) => properties.map(({ column }) => `${alias}."${column}"`).join(', '),
    row: (read) => {
      const row: Record<string, unknown> = {};
      for (const { name, column, tell } of properties) {
        const value = (read as Readonly<Record<string, unknown>>)[column];
        row[name] = value == null ? null : tell(value);
      }
      return row as PlainRow<Row>;
    },
  };
  readers.set(metadata, reader as unknown as PlainReader<never>);
  return reader;
}

/** The rows with these ids, by their ids; those that are not there, or not to be seen, are missing. One statement. */
export async function plainRowsById<Row extends { readonly id: string }>(
  session: Session,
  entity: EntityOf<Row>,
  ids: readonly string[],
): Promise<ReadonlyMap<string, PlainRow<Row>>> {
  const { tableName } = session.em.getMetadata(entity);
  const reader = plainReader(session, entity);
  const rows = await session.query<{ id: string }>({
    name: `${tableName}-by-id`,
    text: `select ${reader.columns('r')} from "${tableName}" r where r.id = any($1::uuid[])`,
    values: [ids],
  });
  return new Map(rows.map((read) => [read.id, reader.row(read)]));
}
