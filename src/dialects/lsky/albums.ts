import * as v from 'valibot';
import { defineEndpoint } from '../../app.ts';
import { field } from '../../contract/fields.ts';

/** The buckets that the caller may upload to, which Lsky calls strategies. */
export const listStrategies = defineEndpoint({
  name: 'lsky/strategies',
  access: 'member',
  scope: 'upload',
  input: v.strictObject({}),
  handle:
    ({ openClientServices }) =>
    async (_input, { caller }) =>
      (await openClientServices()).albums.strategies(caller),
});

/** One page of albums. */
export const listAlbums = defineEndpoint({
  name: 'lsky/albums',
  access: 'member',
  scope: 'list',
  input: v.strictObject({ page: v.optional(field.page, 1) }),
  handle:
    ({ openClientServices }) =>
    async ({ page }, { caller }) =>
      (await openClientServices()).albums.list(caller, page),
});

/** Gives up an album that is empty. */
export const removeAlbum = defineEndpoint({
  name: 'lsky/removeAlbum',
  access: 'member',
  scope: 'delete',
  changes: true,
  input: v.strictObject({ albumId: field.albumId }),
  handle:
    ({ openClientServices }) =>
    async ({ albumId }, { caller }) => {
      await (await openClientServices()).albums.remove(caller, albumId);
      return {};
    },
});
