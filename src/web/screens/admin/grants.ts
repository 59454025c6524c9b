import { SCOPES, type Scope } from '../../../naming/scope.ts';

interface Grant {
  readonly bucketName: string;
  readonly prefix: string;
  readonly actions: readonly Scope[];
}

/** Writes grants for people: one a line, `bucket/folder/`, and `:actions` where they are not all. */
export const writeGrants = (grants: readonly Grant[]): string =>
  grants
    .map(({ bucketName, prefix, actions }) => {
      const isAll = SCOPES.every((scope) => actions.includes(scope));
      return `${bucketName}/${prefix}${isAll ? '' : `:${actions.join(',')}`}`;
    })
    .join('\n');

/** Reads them again; what is wrong with one is for the bed to say. */
export const parseGrants = (text: string) =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => {
      const colon = line.lastIndexOf(':');
      const [place, actions] = colon < 0 ? [line, undefined] : [line.slice(0, colon).trim(), line.slice(colon + 1)];
      const slash = place.indexOf('/');
      return {
        bucketName: slash < 0 ? place : place.slice(0, slash),
        prefix: slash < 0 ? '' : place.slice(slash + 1),
        // Whatever is no action is refused by its name.
        actions: (actions?.split(',').map((action) => action.trim()) ?? [...SCOPES]) as Scope[],
      };
    });
