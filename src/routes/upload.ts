import type { uploadContract } from '../contract/upload.ts';
import type { UploadServices } from '../services/upload-services.ts';
import type { Handlers } from './handlers.ts';

/** Handlers of the doors that upload clients use. */
export const uploadRoutes = (services: UploadServices): Handlers<typeof uploadContract> => {
  const { uploadDoor, deleteCapabilities, albums, albumImages, lskyAccounts, clientKit, uploadDoctor } = services;
  return {
    'upload/admit': async () => ({}),
    'upload/store': (request, { caller, mountUrl }) => uploadDoor.store(caller, request, mountUrl),
    'delete/show': ({ deleteToken }, { mountUrl }) => deleteCapabilities.show(deleteToken, mountUrl),
    'delete/redeem': ({ deleteTokens }) => deleteCapabilities.redeemAll(deleteTokens),
    'lsky/createToken': async ({ email, upwd }, { clientIp }) => ({
      token: await lskyAccounts.createToken(email, upwd, clientIp),
    }),
    'lsky/revokeTokens': async (_input, { caller }) => {
      await lskyAccounts.revokeTokens(caller);
      return {};
    },
    'lsky/profile': async (_input, { caller }) => {
      const { total } = await albums.list(caller, 1);
      return { ...(await lskyAccounts.profile(caller)), albums: total };
    },
    'lsky/strategies': (_input, { caller }) => albums.strategies(caller),
    'lsky/albums': ({ page }, { caller }) => albums.list(caller, page),
    'lsky/removeAlbum': async ({ albumId }, { caller }) => {
      await albums.remove(caller, albumId);
      return {};
    },
    'lsky/images': (query, { caller, mountUrl }) => albumImages.page(caller, query, mountUrl),
    'client/guide': async (_input, { mountUrl }) => clientKit.guide(mountUrl),
    'client/doctor': (symptoms, { caller }) => uploadDoctor(caller, symptoms),
  };
};
