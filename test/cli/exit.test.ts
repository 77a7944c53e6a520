import { describe, expect, test } from '@jest/globals';
import { StoreReadingFailed } from '../../integrations/store-platform.js';
import { CommandFailed, EXIT, failureReport } from '../../src/cli/exit.js';
import { Refusal, userError } from '../../src/use-cases/outcome.js';

const withCode = (code: string, message = 'text of the driver') => Object.assign(new Error(message), { code });

describe('failureReport', () => {
  test.each<[unknown, number, string, string]>([
    [new CommandFailed(EXIT.NOT_FOUND, 'No such thing.'), 3, 'error: No such thing.', 'it says itself how it ends'],
    [new Refusal([userError('NOT_FOUND', 'There is none.', 'id')]), 3, 'error: id: There is none. [NOT_FOUND]', 'only missing things'],
    [new Refusal([userError('INVALID', 'Wrong.', 'a', 'b')]), 4, 'error: a.b: Wrong. [INVALID]', 'the input must be corrected'],
    [
      new Refusal([userError('NOT_FOUND', 'None.', 'a'), userError('TAKEN', 'Taken.', 'b')]),
      4,
      'error: b: Taken. [TAKEN]',
      'one of them is a refusal',
    ],
    [new Refusal([userError('UNREADABLE_STORE', 'Closed.')]), 5, 'error: Closed. [UNREADABLE_STORE]', 'the store is at fault'],
    [new StoreReadingFailed('TIMED_OUT', 'shop.example took too long'), 5, 'shop.example took too long', 'whatever connector threw it'],
    [withCode('ECONNREFUSED'), 1, 'could not be reached (ECONNREFUSED)', 'nobody listens'],
    [new Error('timeout exceeded when trying to connect'), 1, 'could not be reached (ETIMEDOUT)', 'the pool gives no code'],
    [
      new Error('insert … values (7)', { cause: withCode('28P01', 'password authentication failed') }),
      1,
      'refused: password authentication failed',
      'the database says why',
    ],
    [new Error('select …', { cause: withCode('42P01') }), 1, 'Run "tenure migrate"', 'a table is missing'],
    [withCode('EADDRINUSE'), 1, 'in use by another program', 'two servers, one port'],
    ['a text', 1, 'Tenure failed unexpectedly: string: a text', 'anything can be thrown'],
  ])('%s', (error, exitCode, line) => {
    const report = failureReport(error, false);
    expect(report.exitCode).toBe(exitCode);
    expect(report.lines.join('\n')).toContain(line);
    expect(report.lines.join('\n')).not.toContain('    at ');
  });

  test('a statement’s values stay out of the message of a database error', () => {
    const error = new Error("insert into customer values ('somebody@example.com')", { cause: withCode('23505', 'duplicate key value') });
    expect(failureReport(error, false).lines.join('\n')).toContain('duplicate key value');
    expect(failureReport(error, false).lines.join('\n')).not.toContain('somebody');
  });
});
