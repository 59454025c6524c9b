import { encodeKey } from '../../naming/uri.ts';

/** Writes the address that shows an image. */
export type Links = (mountUrl: string, bucketName: string, objectName: string) => string;

/**
 * Creates the link writer: `publicUrl` with `{bucket}` and `{key}` put in where it names them (a CDN in front of the
 * bucket), else `<publicUrl or the mount's own address>/i/<bucket>/<key>`.
 */
export function createLinks(publicUrl: string | undefined): Links {
  return (mountUrl, bucketName, objectName) => {
    const key = encodeKey(objectName);
    if (publicUrl?.includes('{key}'))
      return publicUrl.replaceAll('{bucket}', bucketName).replaceAll('{key}', () => key);
    return `${publicUrl ?? mountUrl}/i/${bucketName}/${key}`;
  };
}
