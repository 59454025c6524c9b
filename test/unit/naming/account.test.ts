import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { accountShape, apiTokenShape, grantShape, quotaShape } from '../../../src/naming/account.ts';
import { SCOPES } from '../../../src/naming/scope.ts';

const ACCOUNT = {
  name: '王小明',
  tfs: '',
  email: 'a@example.com',
  role: 'member',
  grants: [{ bucketName: 'images', prefix: 'team/', actions: [...SCOPES] }],
  quota: { bytes: 1 },
  disabled: false,
  createdAt: '2026-01-01T00:00:00.000Z',
};
const TOKEN = { id: '1', name: 'cli', scopes: ['upload'], createdAt: '2026-01-01T00:00:00.000Z' };

describe('the shape of accounts', () => {
  it.each([
    ['an account', accountShape, ACCOUNT],
    ['an admin', accountShape, { ...ACCOUNT, role: 'admin', grants: [], quota: {} }],
    ['a grant', grantShape, ACCOUNT.grants[0]],
    ['a quota', quotaShape, { objects: 1, uploadsPerDay: 2 }],
    ['a token', apiTokenShape, TOKEN],
    ['a narrow token', apiTokenShape, { ...TOKEN, bucketName: 'images', prefix: 'a/', maxBytes: 1, expiresAt: '2027' }],
  ])('lets %s pass as it is', (_, shape, value) => {
    expect(v.parse(shape, value)).toEqual(value);
  });

  it.each([
    ['another role', accountShape, { ...ACCOUNT, role: 'owner' }],
    ['another scope', grantShape, { bucketName: 'images', prefix: '', actions: ['write'] }],
    ['a token without scopes', apiTokenShape, { ...TOKEN, scopes: undefined }],
    ['a quota in words', quotaShape, { bytes: '1 GB' }],
  ])('refuses %s', (_, shape, value) => {
    expect(v.safeParse(shape, value).success).toBe(false);
  });

  it('leaves out what is secret', () => {
    expect(v.parse(accountShape, { ...ACCOUNT, phone: '13800138000', passwordHash: 'x' })).toEqual(ACCOUNT);
    expect(v.parse(apiTokenShape, { ...TOKEN, hash: 'x' })).toEqual(TOKEN);
  });
});
