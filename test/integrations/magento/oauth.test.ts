import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isOauthSignatureValid, oauthBaseString, oauthFields, oauthHeader } from '../../../integrations/magento/oauth.js';

const secrets = { consumerKey: 'ck', consumerSecret: 'c&s/1', accessToken: 'at', accessTokenSecret: 't=s 2' };

describe('the base string', () => {
  test('is that of RFC 5849, 3.4.1.1, without the body that Magento leaves out', () => {
    const url = new URL('http://EXAMPLE.com:80/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b&c2&a3=2+q');
    const fields = {
      oauth_consumer_key: '9djdj82h48djs9d2',
      oauth_token: 'kkk9d7dh3k39sjv7',
      oauth_signature_method: 'HMAC-SHA1',
      oauth_timestamp: '137131201',
      oauth_nonce: '7d8f3e4a',
    };
    expect(oauthBaseString('post', url, fields)).toBe(
      'POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26c2%3D%26' +
        'oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1%26' +
        'oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7',
    );
  });

  test.each([
    ['?a[0][b]=1', '?a%5B0%5D%5Bb%5D=1', 'brackets'],
    ['?a=x%20y', '?a=x+y', 'a space and a plus'],
    ['?a=%7E', '?a=~', 'a character that needs no encoding'],
    ['?a=é', '?a=%C3%A9', 'UTF-8'],
    ['?b=1&a=2', '?a=2&b=1', 'the order of names'],
    ['?a=2&a=1', '?a=1&a=2', 'the order of repeated names'],
  ])('%s and %s give the same: %s', (one, other, _because) => {
    const base = (query: string) => oauthBaseString('GET', new URL(`https://shop.example/rest/V1/orders${query}`), {});
    expect(base(one)).toBe(base(other));
  });

  test.each([
    ['?a=1%2B1', '?a=1+1', 'an encoded plus is no space'],
    ['?a=%2525', '?a=%25', 'a percent sign is decoded once only'],
  ])('%s and %s differ: %s', (one, other, _because) => {
    const base = (query: string) => oauthBaseString('GET', new URL(`https://shop.example/rest/V1/orders${query}`), {});
    expect(base(one)).not.toBe(base(other));
  });
});

describe('a signature', () => {
  const parameters = fc.array(fc.tuple(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' })), { maxLength: 5 });
  const urlOf = (pairs: readonly (readonly [string, string])[]) => {
    const url = new URL('https://shop.example/rest/V1/orders');
    for (const [name, value] of pairs) url.searchParams.append(name.toWellFormed(), value.toWellFormed());
    return url;
  };

  test('of any query is accepted by the verifying half, and by no other secret, method or query', () => {
    fc.assert(
      fc.property(parameters, (pairs) => {
        const url = urlOf(pairs);
        const fields = oauthFields(oauthHeader('GET', url, secrets)) ?? {};
        expect(isOauthSignatureValid('GET', url, fields, secrets)).toBe(true);
        expect(isOauthSignatureValid('POST', url, fields, secrets)).toBe(false);
        expect(isOauthSignatureValid('GET', url, fields, { ...secrets, accessTokenSecret: 'other' })).toBe(false);
        expect(isOauthSignatureValid('GET', urlOf([...pairs, ['extra', '1']]), fields, secrets)).toBe(false);
      }),
    );
  });

  test.each([
    ['Bearer abc', 'another scheme'],
    ['OAuth oauth_token=unquoted', 'no quotes'],
    ['OAuth oauth_token="%zz"', 'a broken escape'],
  ])('%s has no OAuth fields: %s', (header, _because) => {
    expect(oauthFields(header)).toBeNull();
  });
});
