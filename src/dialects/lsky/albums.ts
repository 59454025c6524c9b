import { defineEndpoint } from '../../app.ts';
import { input, optional } from '../../contract/field.ts';
import { albumId, page } from '../../contract/fields/client.ts';

/** The buckets that the caller may upload to, which Lsky calls strategies. */
export const listStrategies = defineEndpoint({
  name: 'lsky/strategies',
  access: 'member',
  scope: 'upload',
  input: input({}),
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
  input: input({ page: optional(page, 1) }),
  handle:
    ({ openClientServices }) =>
    async (query, { caller }) =>
      (await openClientServices()).albums.list(caller, query.page),
});

/** Gives up an album that is empty. */
export const removeAlbum = defineEndpoint({
  name: 'lsky/removeAlbum',
  access: 'member',
  scope: 'delete',
  changes: true,
  audits: { input: ['albumId'] },
  input: input({ albumId }),
  handle:
    ({ openClientServices }) =>
    async (wanted, { caller }) => {
      await (await openClientServices()).albums.remove(caller, wanted.albumId);
      return {};
    },
});
