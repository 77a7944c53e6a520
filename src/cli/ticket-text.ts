import type { TicketExplanation } from '../use-cases/ticket-explanation.js';
import { aligned, type Look, plain, table } from './layout.js';
import { reasonLines } from './reason-text.js';

/** A ticket for people: what was decided and why, its place, and each deadline with the days that it is made of. */
export function ticketLines(explanation: TicketExplanation, look: Look): string[] {
  const section = (title: string, lines: readonly string[]) => ['', look('HEADING', title), ...lines];
  return [
    ...factLines(explanation),
    ...section('Decisions', decisionLines(explanation, look)),
    ...section('Code of the add-on', codeLines(explanation, look)),
    ...section('Place in the queue now', queueLines(explanation)),
    ...section('Deadlines', deadlineLines(explanation, look)),
  ];
}

function factLines({ ticket, supportPolicy, askedAt }: TicketExplanation): string[] {
  const minutes = (count: number | null) => (count === null ? 'none' : `${count} minutes`);
  return aligned([
    ['Ticket', `${ticket.number}, ${ticket.id}`],
    ['Subject', ticket.subject],
    ['Asked about', askedAt.toString()],
    ['Customer', ticket.customer],
    ['Add-on', ticket.addon ?? 'none'],
    ['Project', ticket.project ?? 'none'],
    ['Request', `${ticket.request}, by ${ticket.channel}`],
    ['Submitted at', ticket.submittedAt.toString()],
    ['Status', `${ticket.status} since ${ticket.statusSince}`],
    ['Estimate', minutes(ticket.estimateMinutes)],
    ['Consent from', minutes(ticket.thresholdMinutes)],
    ['Support policy', `${supportPolicy.name} version ${supportPolicy.version}, ${supportPolicy.title}`],
    ['Content hash', supportPolicy.contentHash],
  ]);
}

function decisionLines({ decisions }: TicketExplanation, look: Look): string[] {
  return decisions.flatMap(({ moment, decidedAt, verdict, coverage, charge, reasons, facts }) => [
    `  ${look(verdict === 'ENTITLED' ? 'GOOD' : verdict === 'NOT_ENTITLED' ? 'BAD' : 'CAUTION', verdict)}, coverage ${coverage}, charge ${charge}, at the ${moment.toLowerCase().replace('_', ' ')} of ${decidedAt}`,
    ...reasonLines(reasons, look, '    '),
    `    rested on ${plain(JSON.stringify(facts))}`,
  ]);
}

const CODE_TONES = { SAME: 'GOOD', MODIFIED: 'BAD', UNKNOWN_BUILD: 'CAUTION', NOT_TOLD: 'CAUTION' } as const;
/** Of long lists, this much is shown to people; JSON has all of it. */
const SHOWN = 50;

function codeLines({ code }: TicketExplanation, look: Look): string[] {
  if (code === null) return ['  the store reported nothing of it'];
  const { result, reportedAt, version, installedVersion, path, build, hotfixes, files, touches } = code;
  const upgrade = installedVersion === null || installedVersion === version ? '' : ` (its database says ${plain(installedVersion)})`;
  const rows = files.slice(0, SHOWN).map((file) => [`    ${plain(file.path)}`, file.status, file.isCode ? 'code' : 'not code']);
  return [
    `  ${look(CODE_TONES[result], result)}, as reported at ${reportedAt}`,
    ...aligned(
      [
        ['version', `${plain(version ?? 'unknown')}${upgrade}`],
        ['path', plain(path)],
        ['build', plain(build ?? 'none is known')],
        ...(hotfixes.length === 0 ? [] : [['hot-fixes', plain(hotfixes.join(', '))]]),
        ...touches.slice(0, SHOWN).map(({ kind, target, by }) => ['touched by', plain(`${kind} ${by}: ${target}`)]),
      ],
      '    ',
    ),
    ...(rows.length === 0 ? [] : table(look, ['    FILE', 'DIFFERS', 'COUNTS AS'], rows)),
    ...(files.length > SHOWN ? [`    and ${files.length - SHOWN} more`] : []),
  ];
}

function queueLines({ queue, askedAt }: TicketExplanation): string[] {
  if (queue === null) return ['  none: it is not waiting to be worked on'];
  const { position, readyCount, isReady, queueAt, movedBy, expeditedBecause } = queue;
  const place = isReady ? `${position} of ${readyCount} ready` : `would be ${position} if its customer answered now`;
  return aligned(
    [
      ['place', place],
      [
        'counted from',
        `${queueAt}${movedBy === null ? ', when it was submitted' : `, to where a repeated request moved it at ${movedBy.at}`}`,
      ],
      ...(expeditedBecause === null ? [] : [['out of turn', expeditedBecause]]),
      ...(Temporal.Instant.compare(queueAt, askedAt) > 0 ? [['note', 'places are told as of now, not as of the moment asked about']] : []),
    ],
    '  ',
  );
}

const DAY_TEXTS = {
  ADMISSION: 'day 0, which never counts',
  COUNTED: 'counted',
  WAITED: 'not counted: waiting for the customer all day',
  STOOD_STILL: 'not counted: the count stood still',
  CLOSED_DATE: 'not counted: closed by the calendar',
  NO_HOURS: 'not counted: no opening hours',
  UNDER_WAY: 'open: waiting for the customer',
} as const;

function deadlineLines({ deadlines, zone }: TicketExplanation, look: Look): string[] {
  if (deadlines.length === 0) return ['  none'];
  return deadlines.flatMap(({ clock, days }) => {
    const { kind, state, startedAt, dueAt, provisional, countedDays, rule } = clock;
    const tone = state === 'MISSED' ? 'BAD' : state === 'MET' ? 'GOOD' : 'CAUTION';
    const counted = countedDays === null ? [] : [['working days', `${countedDays} have ended`]];
    const rows = days.map((span) => [
      span.first.equals(span.last) ? `    ${span.first}` : `    ${span.first} to ${span.last}`,
      String(span.countedDays),
      `${DAY_TEXTS[span.kind]}${span.provisional ? ' (provisional: closed dates of that time are not known)' : ''}${
        span.question === null ? '' : `: "${span.question}"`
      }`,
    ]);
    return [
      `  ${look(tone, state)} ${kind}, rule ${rule}`,
      ...aligned(
        [
          ['started at', startedAt?.toString() ?? 'not yet'],
          ['due at', `${dueAt?.toString() ?? 'nothing is due'}${provisional ? ' (provisional)' : ''}`],
          ...counted,
        ],
        '    ',
      ),
      ...(rows.length === 0 ? [] : table(look, [`    DAYS (${zone})`, 'COUNT', 'WHAT THEY ARE'], rows)),
    ];
  });
}
