import type { Command } from './commands.js';
import type { Asker, GatewayUnderTest } from './gateway-under-test.js';

/** What is asked of a ticket after every command, to see where it stands. */
const STANDING = 'id number status';

let keys = 0;
/** A key that no command has had before. */
export const newKey = (): string => `command-${++keys}`;

/** Sends a command on tickets, with a key of its own unless the input has one, and gives its payload; `fields` are of the ticket, `more` of the payload. */
export async function act(under: GatewayUnderTest, asker: Asker, name: string, input: object, fields = '', more = ''): Promise<Command> {
  const title = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  const query = `mutation ($input: ${title}Input!) {
    it: ${name}(input: $input) { ticket { ${STANDING} ${fields} } reasons { code rule message } ${more} userErrors { code path message } }
  }`;
  return (await under.data(asker, query, { input: { idempotencyKey: newKey(), ...input } })).it;
}

/** The same for one that must be done: gives the payload, and throws with what stood in the way otherwise. */
export async function done(under: GatewayUnderTest, asker: Asker, name: string, input: object, fields = '', more = ''): Promise<Command> {
  const payload = await act(under, asker, name, input, fields, more);
  if (payload.userErrors.length + payload.reasons.length > 0) throw new Error(`${name}: ${JSON.stringify(payload)}`);
  return payload;
}

/** The codes for which the conditions refused a command. */
export const codes = ({ reasons }: Command): string[] => reasons.map(({ code }: { code: string }) => code);

export const COMPLETE = {
  steps: 'Open a category and choose a colour.',
  expected: 'Only blue shirts are shown.',
  actual: 'All shirts are shown.',
  platformVersion: '2.4.7',
  installedVersion: '1.1.0',
};

let subjects = 0;
/** A complete report that is like no other. */
export const newReport = () => {
  subjects += 1;
  return { subject: `Fault${subjects}`, description: `Symptom${subjects} of filter${subjects} on page${subjects}`, ...COMPLETE };
};

/** Opens a ticket and gives its id. */
export async function opened(under: GatewayUnderTest, asker: Asker, input: object): Promise<string> {
  return (await done(under, asker, 'ticketOpen', { request: 'CORRECTION', report: newReport(), ...input })).ticket.id;
}

/** A ticket as it stands for an asker. */
// biome-ignore lint/suspicious/noExplicitAny: an answer is walked by tests that say what they expect of it.
export async function ticketOf(under: GatewayUnderTest, asker: Asker, id: string, fields: string): Promise<any> {
  return (await under.data(asker, `query ($id: ID!) { node(id: $id) { ... on Ticket { ${fields} } } }`, { id })).node;
}

export const CLOCKS = 'clocks { kind state startedAt dueAt provisional countedDays rule }';

/** One clock of a ticket; undefined where it has none of the kind. */
export async function clockOf(under: GatewayUnderTest, id: string, kind: string) {
  const { clocks } = await ticketOf(under, 'staff', id, CLOCKS);
  return clocks.find((clock: { kind: string }) => clock.kind === kind);
}
