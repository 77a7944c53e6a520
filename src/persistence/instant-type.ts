import { Type } from '@mikro-orm/core';

/** `timestamptz` ↔ `Temporal.Instant`. The database keeps instants; it never adds intervals to them. */
export class InstantType extends Type<Temporal.Instant | null | undefined, string | null | undefined> {
  override convertToDatabaseValue(value: Temporal.Instant | string | null | undefined): string | null | undefined {
    return value == null ? value : value.toString();
  }

  override convertToJSValue(value: string | Temporal.Instant | null | undefined): Temporal.Instant | null | undefined {
    return typeof value === 'string' ? Temporal.Instant.from(value) : value;
  }

  override compareAsType(): string {
    return 'string';
  }

  override compareValues(a: string, b: string): boolean {
    return Temporal.Instant.compare(a, b) === 0;
  }

  override getColumnType(): string {
    return 'timestamptz';
  }

  override get runtimeType(): string {
    return 'Temporal.Instant';
  }
}
