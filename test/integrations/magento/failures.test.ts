import { describe, expect, test } from '@jest/globals';
import { errorText, magentoFailure } from '../../../integrations/magento/failures.js';

describe('an error reply', () => {
  test.each([
    [{ message: 'Signature method %1 is not supported', parameters: ['HMAC-SHA1'] }, 'Signature method HMAC-SHA1 is not supported'],
    [{ message: '"%fieldName" is required.', parameters: { fieldName: 'sku' } }, '"sku" is required.'],
    [{ message: '%1 of %2, %3', parameters: ['a', 'b'] }, 'a of b, %3'],
    [{ message: '100% of %__proto__', parameters: {} }, '100% of %__proto__'],
    [{ messages: { error: [{ code: 500, message: 'Server internal error' }] } }, 'Server internal error'],
    [{ message: 'x'.repeat(500) }, 'x'.repeat(200)],
    ['true', 'no message'],
    [null, 'no message'],
  ])('%j reads %s', (body, text) => {
    expect(errorText(body)).toBe(text);
  });

  test.each([
    [401, { message: 'The signature is invalid.' }, 'CREDENTIALS_REFUSED', 'a fault of the signature'],
    [401, { message: '%resources', parameters: { resources: 'Magento_Sales::actions_view' } }, 'RIGHT_MISSING', 'resources are named'],
    [403, { message: 'Forbidden' }, 'RIGHT_MISSING', 'forbidden'],
    [404, { message: 'Request does not match any route.' }, 'NOT_FOUND', 'no route'],
    [503, { messages: { error: [] } }, 'UNAVAILABLE', 'maintenance in JSON'],
    [500, { message: 'SQLSTATE[42S22]: SELECT secret FROM admin_user', trace: '#0' }, 'UNEXPECTED_REPLY', 'developer mode'],
    [400, { message: 'No.' }, 'UNEXPECTED_REPLY', 'our request is wrong'],
  ])('%d %j is %s: %s', (status, body, code, _because) => {
    const failure = magentoFailure({ status, headers: {}, body: '' }, body, 'shop.example');
    expect([failure.code, failure.details]).toEqual([code, { host: 'shop.example', status }]);
    expect(failure.message).not.toMatch(/SQLSTATE|secret/);
  });
});
