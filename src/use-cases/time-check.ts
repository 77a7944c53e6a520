import type { TimeDifference } from '../persistence/time-alarm.js';
import type { LedgerRows } from '../persistence/time-ledger-rows.js';
import { balanceOf, type LotAccount, type OpenHold, type TimeLedger } from '../policy/time-journal.js';
import { foldJournal } from '../policy/time-ledger.js';
import { ledgerOf, openHoldOf, transactionOf } from './time-ledger.js';

const LOT_ACCOUNTS: readonly LotAccount[] = ['AVAILABLE', 'HELD', 'CONSUMED', 'EXPIRED', 'VOIDED'];

/** B-14: every stored figure of a wallet that is not what its journal amounts to, and every law that the journal breaks; empty when all is well. */
export function differencesOf(rows: LedgerRows): TimeDifference[] {
  const stored = ledgerOf(rows);
  const transactions = rows.transactions.map(transactionOf);
  const folded = foldJournal([...stored.lots.values()], transactions);
  if (folded.outcome === 'FAULTY') {
    return folded.faults.map(({ code, transactionId, message }) => ({ figure: code, stored: transactionId ?? '', folded: message }));
  }
  return [...walletDifferences(rows, folded.ledger), ...lotDifferences(stored, folded.ledger), ...holdDifferences(rows, folded.ledger)];
}

function walletDifferences(rows: LedgerRows, folded: TimeLedger): TimeDifference[] {
  const { issuedMinutes, lastSequence, recordedThrough, transactions } = rows;
  const through = recordedThrough === null ? null : Temporal.Instant.from(recordedThrough);
  const misnumbered = transactions.find(({ sequence }, index) => sequence !== index + 1);
  return [
    ...difference('issuedMinutes', String(issuedMinutes), String(folded.issuedMinutes)),
    ...difference('lastSequence', String(lastSequence), String(transactions.length)),
    ...difference('recordedThrough', String(through), String(folded.recordedThrough)),
    ...(misnumbered === undefined ? [] : difference(`entry:${misnumbered.id}`, String(misnumbered.sequence), 'a number without a gap')),
  ];
}

function lotDifferences(stored: TimeLedger, folded: TimeLedger): TimeDifference[] {
  return [...stored.lots.keys()].flatMap((lotId) => {
    if (!stored.balances.has(lotId)) return difference(`lot:${lotId}`, 'no balance', 'a balance');
    return LOT_ACCOUNTS.flatMap((account) =>
      difference(`lot:${lotId}:${account}`, String(balanceOf(stored, lotId)[account]), String(balanceOf(folded, lotId)[account])),
    );
  });
}

function holdDifferences({ holds }: LedgerRows, folded: TimeLedger): TimeDifference[] {
  const stored = new Map(holds.map((hold) => [hold.id, hold]));
  const ids = new Set([...stored.keys(), ...folded.openHolds.keys(), ...folded.resolvedHolds.keys()]);
  return [...ids].flatMap((id) => {
    const row = stored.get(id);
    const open = folded.openHolds.get(id);
    const resolvedBy = folded.resolvedHolds.get(id);
    const told = row === undefined ? 'none' : row.resolvedBy === null ? spoken(openHoldOf(row)) : `over by ${row.resolvedBy}`;
    const amounts = open !== undefined ? spoken(open) : resolvedBy === undefined ? 'none' : `over by ${resolvedBy}`;
    return difference(`hold:${id}`, told, amounts);
  });
}

/** All that is known of an open hold in one line, so that two can be compared. */
function spoken({ projectId, work, requestedMinutes, lapsesAt, placedAt, allocations }: OpenHold): string {
  const lots = allocations.map(({ lotId, minutes }) => `${minutes} of ${lotId}`).join(', ');
  const task = `${work.ticketId}/${work.taskId} on ${projectId}`;
  return `${lots} for ${task}, ${requestedMinutes} asked, placed ${placedAt}, until ${lapsesAt ?? 'it is over'}`;
}

const difference = (figure: string, stored: string, folded: string): TimeDifference[] =>
  stored === folded ? [] : [{ figure, stored, folded }];
