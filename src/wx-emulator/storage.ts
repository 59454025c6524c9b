// https://developers.weixin.qq.com/miniprogram/dev/framework/ability/storage.html
import { requireDeclared } from './media.ts';
import { PlatformFault, platformApi, requireText, toPlatformError } from './platform-api.ts';

/** Sure: the page above. */
const MOST_ENTRY_BYTES = 1024 * 1024;
const MOST_BYTES = 10 * 1024 * 1024;

/** Creates storage. Sure: 1 MB a key, 10 MB in all, `data not found`, and `''` where a call that waits finds nothing; likely: the other texts. */
export function createStorage() {
  const entries = new Map<string, string>();
  const sizeOf = (): number => [...entries].reduce((sum, [key, text]) => sum + Buffer.byteLength(key + text), 0);
  const set = (key: string, data: unknown): void => {
    const name = requireText('key', key);
    // What JSON has no word for is lost on the way, as it is on a phone.
    const text = JSON.stringify({ data });
    if (Buffer.byteLength(text) > MOST_ENTRY_BYTES) throw new PlatformFault('entry size limit reached');
    const others = sizeOf() - Buffer.byteLength(entries.has(name) ? name + entries.get(name) : '');
    if (others + Buffer.byteLength(name + text) > MOST_BYTES) throw new PlatformFault('exceed storage max size 10Mb');
    entries.set(name, text);
  };
  const get = (key: string): { data: unknown } | undefined => {
    const text = entries.get(requireText('key', key));
    return text === undefined ? undefined : JSON.parse(text);
  };
  const tellSize = () => ({
    keys: [...entries.keys()],
    currentSize: Math.ceil(sizeOf() / 1024),
    limitSize: MOST_BYTES / 1024,
  });
  const atOnce = (name: string, run: () => void): void => {
    try {
      run();
    } catch (error) {
      throw Object.assign(new Error(`${toPlatformError(name, error).errMsg}`), toPlatformError(name, error));
    }
  };

  return {
    setStorage: platformApi('setStorage', ({ key, data }: { readonly key: string; readonly data: unknown }) => {
      set(key, data);
      return {};
    }),
    getStorage: platformApi('getStorage', ({ key }: { readonly key: string }) => {
      const found = get(key);
      if (found === undefined) throw new PlatformFault('data not found');
      return found;
    }),
    removeStorage: platformApi('removeStorage', ({ key }: { readonly key: string }) => {
      entries.delete(requireText('key', key));
      return {};
    }),
    clearStorage: platformApi('clearStorage', (_option: object) => {
      entries.clear();
      return {};
    }),
    getStorageInfo: platformApi('getStorageInfo', (_option: object) => tellSize()),
    setStorageSync: (key: string, data: unknown): void => atOnce('setStorageSync', () => set(key, data)),
    // biome-ignore lint/suspicious/noExplicitAny: as untyped as the platform's own
    getStorageSync: (key: string): any => get(key)?.data ?? '',
    removeStorageSync: (key: string): void => void entries.delete(key),
    clearStorageSync: (): void => entries.clear(),
    getStorageInfoSync: tellSize,
  };
}

/** Creates the clipboard. Sure: setting it needs the privacy agreement, and shows a toast. */
export function createClipboard(undeclared: ReadonlySet<string>) {
  let held = '';
  return {
    setClipboardData: platformApi('setClipboardData', ({ data }: { readonly data: string }) => {
      requireDeclared(undeclared, 'setClipboardData');
      held = requireText('data', data);
      return {};
    }),
    getClipboardData: platformApi('getClipboardData', (_option: object) => ({ data: held })),
  };
}
