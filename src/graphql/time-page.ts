import { afterMoment, type Connection, connectionOf, pageRequest } from './connection.js';

/** The moment and the id by which something stands in its order. */
export interface Placed {
  readonly moment: Temporal.Instant;
  readonly id: string;
}

/**
 * A page of things that were read whole, the oldest first, those of one moment by their ids. Throws a GraphQL error on a `first` out of range and on a cursor
 * that is not ours.
 */
export function pageInOrder<T>(
  things: Iterable<T>,
  placeOf: (thing: T) => Placed,
  first: number | null,
  after: string | null,
): Connection<T> {
  const page = pageRequest(first, after, 2);
  const place = afterMoment(page);
  const placed = [...things].map((thing) => ({ thing, place: placeOf(thing) })).sort((one, other) => comparePlaces(one.place, other.place));
  const rows = placed.filter((each) => place === null || comparePlaces(each.place, place) > 0).slice(0, page.first + 1);
  const { edges, pageInfo } = connectionOf(rows, page, (each) => [each.place.moment.toString(), each.place.id]);
  return { edges: edges.map(({ cursor, node }) => ({ cursor, node: node.thing })), pageInfo };
}

const comparePlaces = (one: Placed, other: Placed): number =>
  Temporal.Instant.compare(one.moment, other.moment) || (one.id < other.id ? -1 : one.id > other.id ? 1 : 0);
