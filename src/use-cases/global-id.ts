import { TypeID } from 'typeid-js';

/** Prefix of the global id of each type that `node` finds: `pur_01j…`. Opaque to clients, readable in a log line. */
export const ID_PREFIXES = {
  Customer: 'cus',
  Addon: 'add',
  Release: 'rel',
  Purchase: 'pur',
  SupportTerm: 'trm',
  SupportPolicyVersion: 'pol',
  Store: 'sto',
  StoreGroup: 'grp',
  Delegation: 'dlg',
  ImportException: 'exc',
  AccessToken: 'tok',
  Project: 'prj',
  TimeLot: 'lot',
  TimeEntry: 'ent',
  TimeAlarm: 'alm',
  Ticket: 'tic',
} as const;
export type NodeName = keyof typeof ID_PREFIXES;

export const toGlobalId = (type: NodeName, uuid: string): string => TypeID.fromUUID(ID_PREFIXES[type], uuid).toString();

/** The UUID behind a global id of this type; null for anything else, so that a mistyped id looks like one that names nothing. */
export function fromGlobalId(type: NodeName, id: string): string | null {
  try {
    return TypeID.fromString(id, ID_PREFIXES[type]).toUUID();
  } catch {
    return null;
  }
}

/** No row has this id. */
export const NOWHERE = '00000000-0000-0000-0000-000000000000';

/** The same, with NOWHERE for what is no global id of this type: whoever looks it up finds nothing, and says so in its own words. */
export const uuidOrNowhere = (type: NodeName, id: string): string => fromGlobalId(type, id) ?? NOWHERE;

export function nodeNameOf(id: string): NodeName | null {
  const prefix = id.slice(0, Math.max(0, id.lastIndexOf('_')));
  return (Object.keys(ID_PREFIXES) as NodeName[]).find((name) => ID_PREFIXES[name] === prefix) ?? null;
}
