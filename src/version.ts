/** This package's version; a test holds it against package.json. */
export const VERSION = '0.1.0';

/** The oldest Node that this runs on, as package.json has it. */
export const OLDEST_NODE = '20.19';

/** Says what to do about a Node that is too old; `undefined` for one that will do. */
export function refuseNode(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST_NODE.split('.').map(Number);
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return undefined;
  return `This is Node ${version}, and imagepic needs ${OLDEST_NODE} or newer: https://nodejs.org/`;
}
