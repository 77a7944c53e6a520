import { type ClassType, Field, Int, ObjectType } from 'type-graphql';
import { OPERATION_LIMITS, refusal } from './operation-limits.js';
import { instantOf } from './scalars.js';

export const DEFAULT_PAGE_SIZE = 20;

@ObjectType({ description: 'Where a page of a connection stands.' })
export class PageInfo {
  @Field(() => Boolean, { description: 'Whether there is more after this page.' })
  hasNextPage!: boolean;

  @Field(() => Boolean, { description: 'Whether this page was asked for with `after`, so that something lies before it.' })
  hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true, description: 'Cursor of the first item; null on an empty page.' })
  startCursor!: string | null;

  @Field(() => String, { nullable: true, description: 'Cursor of the last item, for `after`; null on an empty page.' })
  endCursor!: string | null;
}

export interface Edge<T> {
  readonly cursor: string;
  readonly node: T;
}
export interface Connection<T> {
  readonly edges: readonly Edge<T>[];
  readonly pageInfo: PageInfo;
}

/** Declares `NameEdge` and `NameConnection` for a node type. `noun` is how the description calls the items. */
export function connectionType<T extends object>(name: string, node: () => ClassType<T>, noun: string): ClassType<Connection<T>> {
  @ObjectType(`${name}Edge`, { description: `One of the ${noun}, with its place.` })
  class NodeEdge implements Edge<T> {
    @Field(() => String, { description: 'Its place, for `after`.' })
    cursor!: string;

    @Field(() => node(), { description: 'The item itself.' })
    node!: T;
  }

  @ObjectType(`${name}Connection`, { description: `A page of ${noun}, forward only.` })
  class NodeConnection implements Connection<T> {
    @Field(() => [NodeEdge], { description: 'The items, in the order that the field states.' })
    edges!: NodeEdge[];

    @Field(() => PageInfo, { description: 'Whether there is more, and where to go on.' })
    pageInfo!: PageInfo;
  }
  return NodeConnection;
}

export const FIRST = {
  nullable: true,
  defaultValue: DEFAULT_PAGE_SIZE,
  description: `How many to answer at most; ${DEFAULT_PAGE_SIZE} unless said, ${OPERATION_LIMITS.pageSize} at most.`,
} as const;
export const firstType = () => Int;
export const AFTER = { nullable: true, description: 'Cursor of the item after which to go on: `endCursor` of the page before.' } as const;

export interface PageRequest {
  readonly first: number;
  /** Sort values of the item to go on after; null: from the start. */
  readonly after: readonly string[] | null;
}

/** Reads `first` and `after`. A cursor that was not made here is the caller's mistake. */
export function pageRequest(first: number | null | undefined, after: string | null | undefined, keys: number): PageRequest {
  const size = first ?? DEFAULT_PAGE_SIZE;
  if (size < 0 || size > OPERATION_LIMITS.pageSize) {
    throw refusal('PAGE_SIZE_OUT_OF_RANGE', `\`first\` is from 0 to ${OPERATION_LIMITS.pageSize}.`, OPERATION_LIMITS.pageSize);
  }
  return { first: size, after: after == null ? null : decodeCursor(after, keys) };
}

/** Makes the page of rows that were read with a limit of `first + 1`. */
export function connectionOf<T>(rows: readonly T[], page: PageRequest, keysOf: (row: T) => readonly string[]): Connection<T> {
  const edges = rows.slice(0, page.first).map((node) => ({ node, cursor: encodeCursor(keysOf(node)) }));
  return {
    edges,
    pageInfo: {
      hasNextPage: rows.length > page.first,
      hasPreviousPage: page.after !== null,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}

const encodeCursor = (keys: readonly string[]): string => Buffer.from(JSON.stringify(keys)).toString('base64url');

function decodeCursor(cursor: string, keys: number): readonly string[] {
  try {
    const decoded: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (
      Array.isArray(decoded) &&
      decoded.length === keys &&
      decoded.every((key) => typeof key === 'string' && key.length < 500 && !key.includes('\0'))
    )
      return decoded;
  } catch {
    // Falls through to the one answer for every cursor that is not ours.
  }
  throw badCursor();
}

const badCursor = () => refusal('BAD_USER_INPUT', '`after` is not a cursor of this connection. Use the endCursor of the page before.');

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Moment and id after which a page goes on, for connections that are ordered by both; null: from the start. */
export function afterMoment({ after }: PageRequest): { readonly moment: Temporal.Instant; readonly id: string } | null {
  if (after === null) return null;
  const [moment = '', id = ''] = after;
  if (!UUID.test(id)) throw badCursor();
  const instant = instantOf(moment);
  if (instant === null) throw badCursor();
  return { moment: instant, id };
}

/** Number after which a page goes on, for connections that are numbered; null: from the start. */
export function afterNumber({ after }: PageRequest): number | null {
  if (after === null) return null;
  const [number = ''] = after;
  if (!/^\d{1,9}$/.test(number)) throw badCursor();
  return Number(number);
}

/** Moment and number after which a page goes on, for connections that are ordered by both; null: from the start. */
export function afterPlace({ after }: PageRequest): { readonly moment: Temporal.Instant; readonly number: number } | null {
  if (after === null) return null;
  const [moment = '', number = ''] = after;
  const instant = instantOf(moment);
  if (instant === null || !/^\d{1,9}$/.test(number)) throw badCursor();
  return { moment: instant, number: Number(number) };
}
