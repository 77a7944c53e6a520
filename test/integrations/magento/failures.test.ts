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
    [401, { message: 'secret' }, 'CREDENTIALS_REFUSED', 'an echo of what was sent'],
    [401, { message: '%resources', parameters: { resources: 'secret' } }, 'RIGHT_MISSING', 'an echo in the place of a right'],
    [403, { message: 'secret' }, 'RIGHT_MISSING', 'an echo of a firewall'],
    [404, { message: 'secret' }, 'NOT_FOUND', 'an echo of a page'],
    [500, { message: 'Report ID: secret' }, 'UNEXPECTED_REPLY', 'an echo in the place of a report id'],
    [400, { message: 'secret %1', parameters: ['secret'] }, 'UNEXPECTED_REPLY', 'an echo in a parameter'],
  ])('%d %j is %s: %s', (status, body, code, _because) => {
    const failure = magentoFailure({ status, headers: {}, body: '' }, body, 'shop.example');
    expect([failure.code, failure.details]).toEqual([code, { host: 'shop.example', status }]);
    expect(failure.message).not.toMatch(/SQLSTATE|secret/);
  });

  test.each([
    [401, { message: 'The signature is invalid. Verify and try again.' }, 'refuses the credentials: the signature does not fit'],
    [401, { message: 'Consumer key has expired' }, 'refuses the credentials: it does not know the consumer key, or it has ended'],
    [401, { message: 'Token is not associated with the specified consumer' }, 'refuses the credentials: it does not know the access token'],
    [400, { message: 'The nonce is already being used' }, 'refuses the request (400)'],
    [401, { parameters: { resources: 'Magento_Sales::actions_view, secret' } }, 'grant Magento_Sales::actions_view to the integration'],
    [400, { message: 'Maximum SearchCriteria pageSize is %max', parameters: { max: '300' } }, 'gives at most 300 rows at once'],
  ])('%d %j says in words of ours: %s', (status, body, words) => {
    expect(magentoFailure({ status, headers: {}, body: '' }, body, 'shop.example').message).toContain(`shop.example: ${words}`);
  });
});
