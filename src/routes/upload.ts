import type { uploadContract } from '../contract/upload.ts';
import type { UploadServices } from '../services/uploads/upload-services.ts';
import type { Handlers } from './handlers.ts';

/** Handlers of the doors that upload clients use; the services are opened when the first client comes. */
export const uploadRoutes = (open: () => Promise<UploadServices>): Handlers<typeof uploadContract> => ({
  'upload/admit': async () => ({}),
  'upload/store': async (request, { caller, mountUrl }) =>
    (await open()).clientUploads.store(caller, request, mountUrl),
  'delete/show': async ({ deleteToken }, { mountUrl }) => (await open()).deleteCapabilities.show(deleteToken, mountUrl),
  'delete/redeem': async ({ deleteTokens }) => (await open()).deleteCapabilities.redeemAll(deleteTokens),
  'lsky/createToken': async ({ email, upwd }, { clientIp }) => ({
    token: await (await open()).lskyAccounts.createToken(email, upwd, clientIp),
  }),
  'lsky/revokeTokens': async (_input, { caller }) => {
    await (await open()).lskyAccounts.revokeTokens(caller);
    return {};
  },
  'lsky/profile': async (_input, { caller }) => {
    const { albums, lskyAccounts } = await open();
    const { total } = await albums.list(caller, 1);
    return { ...(await lskyAccounts.profile(caller)), albums: total };
  },
  'lsky/strategies': async (_input, { caller }) => (await open()).albums.strategies(caller),
  'lsky/albums': async ({ page }, { caller }) => (await open()).albums.list(caller, page),
  'lsky/removeAlbum': async ({ albumId }, { caller }) => {
    await (await open()).albums.remove(caller, albumId);
    return {};
  },
  'lsky/images': async (query, { caller, mountUrl }) => (await open()).albumImages.page(caller, query, mountUrl),
  'client/guide': async (_input, { mountUrl }) => (await open()).clientKit.guide(mountUrl),
  'client/doctor': async (symptoms, { caller }) => (await open()).uploadDoctor(caller, symptoms),
});
