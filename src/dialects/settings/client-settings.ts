import type { AppServices } from '../../app.ts';
import { AppError, type Text } from '../../errors.ts';
import { type Client, SETTINGS_TEMPLATES } from './settings-templates.ts';

/** What stands in for the token where everybody can read. */
const PLACEHOLDER = 'ip_你的token';
/** A token that nobody renews is of no use to a thief for longer than this. */
const YEAR_SECONDS = 365 * 24 * 60 * 60;

/** For which client, and for how narrow a token. */
interface SettingsRequest {
  readonly client: Client;
  readonly bucketName?: string | undefined;
  readonly prefix?: string | undefined;
  readonly expiresIn?: number | undefined;
}

/** A client's settings, complete with their token. */
interface FilledSettings {
  readonly client: Client;
  readonly title: Text;
  readonly where: Text;
  readonly config: Readonly<Record<string, unknown>> | string;
  readonly fileName?: string;
  readonly token: string;
  readonly tokenId: string;
  readonly expiresAt?: string;
}

/** The settings of one client as a page shows them. */
export interface GuideEntry {
  readonly client: string;
  readonly title: Text;
  readonly where: Text;
  readonly text: string;
  readonly fileName?: string;
}

interface ClientSettingsOptions extends Pick<AppServices, 'apiTokens'> {
  readonly now: () => Date;
}

/** Creates what sets upload clients up: their settings, each with a fresh token that can only upload. */
export function createClientSettings({ apiTokens, now }: ClientSettingsOptions) {
  return {
    /** @throws {AppError} InvalidArgument when the service's own address is not known */
    config: async (userId: string, request: SettingsRequest, address: string): Promise<FilledSettings> => {
      const { client, expiresIn = YEAR_SECONDS, bucketName, prefix } = request;
      if (!/^https?:\/\//.test(address)) throw noAddress();
      const { title, where, fileName, config } = SETTINGS_TEMPLATES[client];
      const { token, id, expiresAt } = await apiTokens.create(userId, {
        name: `${client} ${now().toISOString().slice(0, 10)}`,
        scopes: ['upload'],
        ...{ bucketName, prefix, expiresIn },
      });
      return {
        ...{ client, title, where, token, tokenId: id, config: config({ address, token }) },
        ...(fileName !== undefined && { fileName }),
        ...(expiresAt !== undefined && { expiresAt }),
      };
    },
  };
}

/** The settings of every client, without a token. */
export const toGuide = (address: string): readonly GuideEntry[] =>
  Object.entries(SETTINGS_TEMPLATES).map(([client, { title, where, fileName, config }]) => {
    const filled = config({ address, token: PLACEHOLDER });
    return {
      ...{ client, title, where, text: typeof filled === 'string' ? filled : JSON.stringify(filled, undefined, 2) },
      ...(fileName !== undefined && { fileName }),
    };
  });

const noAddress = (): AppError =>
  new AppError('InvalidArgument', {
    zh: '服务不知道自己的地址：请改用 HTTP 调用 client/config，或请管理员设置 IMAGEPIC_PUBLIC_URL',
    en: 'The service does not know its own address: call client/config over HTTP, or have an admin set IMAGEPIC_PUBLIC_URL',
  });
