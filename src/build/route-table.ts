import type * as v from 'valibot';
import { contract } from '../contract/contract.ts';
import type { RouteContract, RouteDefinition } from '../contract/route-contract.ts';

const BEGIN = '<!-- The table is made of src/contract by `npm run docs`. -->';
const END = '<!-- End of the table. -->';

/** Puts the table of the routes, as the contract has them, into a text that has a place for it. @throws {Error} when it has none */
export function withRouteTable(text: string): string {
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`there is no place between "${BEGIN}" and "${END}"`);
  return `${text.slice(0, begin + BEGIN.length)}\n\n${toRouteTable(contract)}\n\n${text.slice(end)}`;
}

/** Shows routes as a table in Markdown. */
export function toRouteTable(routes: Readonly<Record<string, RouteDefinition>>): string {
  const rows = Object.entries(routes).map(([url, route]) => [
    toName(url, route),
    toInputWords(route),
    toOutputWords(route.output),
    route.summary,
  ]);
  return [
    ['`$url`', 'input (`?` may be left out)', '`data` of the answer', 'what it does'],
    Array(4).fill('---'),
    ...rows,
  ]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n');
}

const ACCESS = { public: ', *open*', member: '', admin: ', *admin*' } as const;

const toName = (url: string, { access, methods = [], scope }: RouteContract): string =>
  `\`${url}\`${methods.includes('GET') ? ' (also GET)' : ''}${ACCESS[access]}${scope === undefined ? '' : `, scope \`${scope}\``}`;

/** A field that a form's file stands in for has to come in either way. */
function toInputWords({ input, file }: RouteContract): string {
  const names = Object.entries(input.entries).map(([name, { type }]) =>
    type === 'optional' && name !== file ? `${name}?` : name,
  );
  if (names.length === 0) return '–';
  return `\`${names.join(' ')}\`${file === undefined ? '' : ', or a form with one file'}`;
}

function toOutputWords(output: v.GenericSchema): string {
  const shape = toShape(output);
  return shape === undefined ? `a ${output.type}` : `\`${shape}\``;
}

/** Names what an output is made of, an object deep; what is made of nothing has no shape. */
function toShape(schema: v.GenericSchema): string | undefined {
  // The generic schema does not say that arrays have an `item` and objects `entries`, which are schemas.
  if ('item' in schema) return `[${toShape(schema.item as v.GenericSchema) ?? '…'}]`;
  if (!('entries' in schema)) return undefined;
  const names = Object.entries(schema.entries as Readonly<Record<string, v.GenericSchema>>).map(([name, { type }]) =>
    type === 'optional' ? `${name}?` : name,
  );
  return names.length === 0 ? '{}' : `{ ${names.join(', ')} }`;
}
