import { availableParallelism, cpus } from 'node:os';
import type { AnsweringFigures, AnsweringPlan } from './answering.js';
import type { DeskFigures } from './desk.js';
import type { FaultFigures } from './faults.js';
import type { ImportFigures } from './importing.js';

/** On what it was measured: figures of two machines do not compare, ratios of one run do. */
export function surroundings({ customers, connections, rounds, secondsPerRound }: AnsweringPlan): string {
  const processor = cpus()[0]?.model.trim() || 'unknown processor';
  return [
    `${availableParallelism()} cores (${processor}), Node ${process.version}, everything on this machine`,
    `${customers * 10} purchases, ${connections} connections, medians of ${rounds} rounds of ${secondsPerRound} s, taken in turns`,
  ].join('\n');
}

export function answeringTable(figures: readonly AnsweringFigures[]): string {
  const rows = figures.flatMap(({ question, servers, statementsPerOperation, ratioToSql, ratioToApollo }) => [
    [question, 'gateway', ...timesOf(servers.gateway), statementsPerOperation.toFixed(2), '1.00'],
    ['', 'one SQL on node:http', ...timesOf(servers.sql), '1.00', ratioToSql.toFixed(2)],
    ['', 'Apollo, constants', ...timesOf(servers.apollo), '0.00', ratioToApollo.toFixed(2)],
  ]);
  return table(['question', 'server', 'req/s', 'p50 ms', 'p99 ms', 'SQL', 'gateway is'], rows);
}

const timesOf = ({ requestsPerSecond, p50Ms, p99Ms }: AnsweringFigures['servers']['gateway']): string[] => [
  requestsPerSecond.toFixed(0),
  p50Ms.toFixed(0),
  p99Ms.toFixed(0),
];

export function deskTable(figures: readonly DeskFigures[]): string {
  const rows = figures.flatMap(({ operation, gateway, sql, statements, statementsOfTen, ratio }) => [
    [operation, 'gateway', ...timesOf(gateway), String(statements), statementsOfTen === null ? '' : String(statementsOfTen), '1.00'],
    ['', 'same SQL, driver', ...timesOf(sql), String(statements), '', ratio.toFixed(2)],
  ]);
  return table(['operation', 'server', 'op/s', 'p50 ms', 'p99 ms', 'SQL', 'SQL, page of 10', 'gateway is'], rows);
}

export function importTable(figures: readonly ImportFigures[]): string {
  const rows = figures.map((each) => [
    each.platform,
    String(each.orders),
    (each.orders / each.seconds).toFixed(0),
    (each.statements / each.orders).toFixed(2),
    ((each.cpuSeconds * 1_000) / each.orders).toFixed(1),
    ((each.waitedSeconds * 100) / each.seconds).toFixed(0),
    ...[each.memoryBeforeMb, each.memoryPeakMb, each.heapEarlyMb, each.heapLateMb, each.memoryKeptMb].map((mb) => mb.toFixed(0)),
  ]);
  const memory = ['MB before', 'MB peak', 'MB heap early', 'late', 'kept'];
  return table(['sandbox shop', 'orders', 'orders/s', 'SQL/order', 'CPU ms/order', '% waiting for shop', ...memory], rows);
}

export function faultTable(figures: readonly FaultFigures[]): string {
  const rows = figures.flatMap(({ fault, alone, beside, p99Ratio, outcomes }) => [
    [`beside ${fault}`, ...timesOf(beside), p99Ratio.toFixed(2), outcomes.join(', ')],
    ['alone', ...timesOf(alone), '1.00', ''],
  ]);
  return table(['healthy shop', 'answers/s', 'p50 ms', 'p99 ms', 'p99 beside is', 'the bad one is told as'], rows);
}

/** Text to the left, numbers to the right, columns as wide as their widest cell. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => (/^[\d.]/.test(cell) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd();
  return ['', line(head), widths.map((width) => '-'.repeat(width)).join('  '), ...rows.map(line)].join('\n');
}
