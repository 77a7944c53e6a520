import { Type } from '@mikro-orm/core';

/** `date` ↔ `Temporal.PlainDate`: a calendar day of the policy zone. */
export class PlainDateType extends Type<Temporal.PlainDate | null | undefined, string | null | undefined> {
  override convertToDatabaseValue(value: Temporal.PlainDate | string | null | undefined): string | null | undefined {
    return value == null ? value : value.toString();
  }

  override convertToJSValue(value: string | Temporal.PlainDate | null | undefined): Temporal.PlainDate | null | undefined {
    return typeof value === 'string' ? Temporal.PlainDate.from(value) : value;
  }

  override compareAsType(): string {
    return 'string';
  }

  override getColumnType(): string {
    return 'date';
  }

  override get runtimeType(): string {
    return 'Temporal.PlainDate';
  }
}
