/** A version of the base library (基础库), such as `3.8.9`. */
export type LibraryVersion = string;

/** Tells whether a base library has what came with another. @see https://developers.weixin.qq.com/miniprogram/dev/framework/compatibility.html */
export function isAtLeast(version: LibraryVersion, wanted: LibraryVersion): boolean {
  const parts = version.split('.').map(Number);
  for (const [index, needed] of wanted.split('.').map(Number).entries()) {
    const has = parts[index] ?? 0;
    if (has !== needed) return has > needed;
  }
  return true;
}
