import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SCOPES, type Scope } from '../../../../src/naming/scope.ts';
import {
  ANONYMOUS,
  type Caller,
  createAccess,
  type Grant,
  type Member,
  type Narrowing,
  ownerOf,
  requireMember,
  requireOwner,
} from '../../../../src/services/access/access.ts';
import { refusalOf } from '../../../support/refusal.ts';

const BEDS = { shared: createAccess('shared'), private: createAccess('private') };

/** Every key that the tables ask for, in two buckets. */
const PLACES = [
  'images:a.png',
  'images:foo',
  'images:foo/a.png',
  'images:foo/bar/a.png',
  'images:foobar/a.png',
  'images:FOO/a.png',
  'images:u_1/a.png',
  'images:u_1/foo/a.png',
  'images:u_12/a.png',
  'images:u_2/a.png',
  'other:foo/a.png',
  'other:u_1/a.png',
];
const inImages = PLACES.filter((place) => place.startsWith('images:'));
const below = (...prefixes: readonly string[]) =>
  PLACES.filter((place) => prefixes.some((prefix) => place.startsWith(prefix)));

const grant = (prefix: string, actions: readonly Scope[] = SCOPES, bucketName = 'images'): Grant => ({
  bucketName,
  prefix,
  actions,
});
const member = (grants: readonly Grant[], narrowing?: Narrowing, role: 'admin' | 'member' = 'member'): Member => ({
  kind: 'member',
  userId: 'u_1',
  role,
  grants,
  quota: {},
  narrowing,
});
const admin = (narrowing?: Narrowing): Member => member([], narrowing, 'admin');
const token = (narrowing: Partial<Narrowing>): Narrowing => ({ scopes: SCOPES, ...narrowing });
const whole = [grant('')];

type Row = readonly [string, keyof typeof BEDS, Caller, Scope, readonly string[]];
const EACH_ACTION: readonly Row[] = SCOPES.flatMap((action): readonly Row[] => [
  ['nobody', 'shared', ANONYMOUS, action, []],
  ['nobody', 'private', ANONYMOUS, action, []],
  ['an admin', 'shared', admin(), action, PLACES],
  ['an admin', 'private', admin(), action, PLACES],
  ['a member without grants', 'shared', member([]), action, []],
  ['a member without grants', 'private', member([]), action, []],
  ['a member of a bucket', 'shared', member(whole), action, inImages],
  ['a member of a bucket', 'private', member(whole), action, below('images:u_1/')],
  ['a member of a folder', 'shared', member([grant('foo/')]), action, below('images:foo/')],
  ['a member of a folder, as it calls it', 'private', member([grant('foo/')]), action, ['images:u_1/foo/a.png']],
  ['a member of all that begins like its id', 'private', member([grant('u_')]), action, below('images:u_1/')],
  ['a member of a folder of its own', 'private', member([grant('u_1/foo/')]), action, ['images:u_1/foo/a.png']],
  ["a member of somebody else's folder", 'private', member([grant('u_2/')]), action, []],
  ['a member granted all but this', 'shared', member([grant('', others(action))]), action, []],
  ['an admin with a token for this alone', 'shared', admin(token({ scopes: [action] })), action, PLACES],
  ['an admin with a token for all but this', 'shared', admin(token({ scopes: others(action) })), action, []],
  ['an admin with a token for nothing', 'shared', admin(token({ scopes: [] })), action, []],
  [
    'a member with a token for this alone',
    'private',
    member(whole, token({ scopes: [action] })),
    action,
    below('images:u_1/'),
  ],
  ['a member with a token for all but this', 'private', member(whole, token({ scopes: others(action) })), action, []],
  ['a token for a bucket', 'shared', admin(token({ bucketName: 'other' })), action, below('other:')],
  [
    'a token for a folder of all buckets',
    'shared',
    admin(token({ prefix: 'foo/' })),
    action,
    below('images:foo/', 'other:foo/'),
  ],
]);

function others(action: Scope): readonly Scope[] {
  return SCOPES.filter((other) => other !== action);
}

const ROWS: readonly Row[] = [
  ...EACH_ACTION,
  // A prefix is letters, not a folder: `foo` holds its sibling `foobar/` and the key `foo` itself.
  ['a grant without a slash', 'shared', member([grant('foo')]), 'read', below('images:foo')],
  ['a grant with a slash', 'shared', member([grant('foo/')]), 'read', below('images:foo/')],
  ['a grant in other letters', 'shared', member([grant('FOO/')]), 'read', ['images:FOO/a.png']],
  ['a grant longer than its keys', 'shared', member([grant('foo/bar/a.png/x')]), 'read', []],
  ['a grant of one key', 'shared', member([grant('foo/a.png')]), 'read', ['images:foo/a.png']],
  ['two grants', 'shared', member([grant('foo/'), grant('u_2/')]), 'list', below('images:foo/', 'images:u_2/')],
  [
    'two grants, the other way round',
    'shared',
    member([grant('u_2/'), grant('foo/')]),
    'list',
    below('images:foo/', 'images:u_2/'),
  ],
  [
    'two grants of which one holds the other',
    'shared',
    member([grant('foo/bar/'), grant('foo')]),
    'list',
    below('images:foo'),
  ],
  [
    'two grants of different actions, asked for the one',
    'shared',
    member([grant('foo/', ['read']), grant('u_2/', ['list'])]),
    'read',
    below('images:foo/'),
  ],
  [
    'two grants of different actions, asked for the other',
    'shared',
    member([grant('foo/', ['read']), grant('u_2/', ['list'])]),
    'list',
    ['images:u_2/a.png'],
  ],
  [
    'grants in two buckets',
    'shared',
    member([grant('foo/'), grant('u_1/', SCOPES, 'other')]),
    'read',
    [...below('images:foo/'), 'other:u_1/a.png'],
  ],
  ['a grant in another bucket', 'shared', member([grant('', SCOPES, 'other')]), 'read', below('other:')],
  [
    'a member of two buckets',
    'private',
    member([...whole, grant('', SCOPES, 'other')]),
    'read',
    below('images:u_1/', 'other:u_1/'),
  ],
  [
    'a token above a grant',
    'shared',
    member([grant('foo/bar/')], token({ prefix: 'foo/' })),
    'read',
    ['images:foo/bar/a.png'],
  ],
  [
    'a token below a grant',
    'shared',
    member([grant('foo')], token({ prefix: 'foo/bar/' })),
    'read',
    ['images:foo/bar/a.png'],
  ],
  ['a token beside a grant', 'shared', member([grant('foo/')], token({ prefix: 'u_1/' })), 'read', []],
  [
    'a token in the middle of a grant',
    'shared',
    member([grant('foo')], token({ prefix: 'fo' })),
    'read',
    below('images:foo'),
  ],
  [
    'a token above two grants',
    'shared',
    member([grant('foo/a'), grant('foo/bar/')], token({ prefix: 'foo/' })),
    'read',
    ['images:foo/a.png', 'images:foo/bar/a.png'],
  ],
  [
    'a token below one of two grants',
    'shared',
    member([grant('u_2/'), grant('foo/')], token({ prefix: 'foo/bar' })),
    'read',
    ['images:foo/bar/a.png'],
  ],
  ['a token for a bucket that is not granted', 'shared', member(whole, token({ bucketName: 'other' })), 'read', []],
  [
    'a token for the bucket that is granted',
    'shared',
    member(whole, token({ bucketName: 'images' })),
    'read',
    inImages,
  ],
  [
    'a token for a prefix of the own folder',
    'private',
    member(whole, token({ prefix: 'u_1/foo/' })),
    'read',
    ['images:u_1/foo/a.png'],
  ],
  ["a token that reaches for somebody else's folder", 'private', member(whole, token({ prefix: 'u_2/' })), 'read', []],
  ['a token above the own folder', 'private', member(whole, token({ prefix: 'u_' })), 'read', below('images:u_1/')],
  [
    'a token for bucket, folder and scope',
    'shared',
    admin(token({ scopes: ['read'], bucketName: 'other', prefix: 'foo/' })),
    'read',
    ['other:foo/a.png'],
  ],
];

describe('reaches', () => {
  const rows = ROWS.map(([who, bed, caller, action, expected]) => ({ who, bed, caller, action, expected }));

  it.each(rows)('lets $who of a $bed bed $action what is its', ({ bed, caller, action, expected }) => {
    const reached = PLACES.filter((place) => {
      const [bucketName = '', key = ''] = place.split(':');
      return BEDS[bed].reaches(caller, action, bucketName, key);
    });
    expect(reached).toEqual(expected);
  });

  it.each(rows)('lets $who of a $bed bed see where it may $action', ({ bed, caller, expected }) => {
    for (const place of expected) expect(BEDS[bed].seesBucket(caller, place.slice(0, place.indexOf(':')))).toBe(true);
  });
});

describe('seesBucket', () => {
  it.each<[string, Caller, boolean]>([
    ['nobody', ANONYMOUS, false],
    ['a member with a grant of one action', member([grant('deep/down/', ['delete'])]), true],
    ['a member with a grant of no action', member([grant('', [])]), false],
    ['a token for none of the granted actions', member([grant('', ['read'])], token({ scopes: ['list'] })), false],
    ['a token beside the grant', member([grant('foo/')], token({ prefix: 'bar/' })), false],
    ['a token for another bucket', member(whole, token({ bucketName: 'other' })), false],
    ['an admin', admin(), true],
    ['an admin with a token for nothing', admin(token({ scopes: [] })), false],
  ])('answers %s', (_, caller, expected) => {
    expect(BEDS.shared.seesBucket(caller, 'images')).toBe(expected);
  });
});

describe('listPrefixes', () => {
  it.each<[string, Caller, string, readonly string[]]>([
    ['nothing for nobody', ANONYMOUS, '', []],
    ['what is asked for by an admin', admin(), 'foo/', ['foo/']],
    ['the grant when more is asked for', member([grant('foo/')]), '', ['foo/']],
    ['the grant when a part of its name is asked for', member([grant('foo/')]), 'fo', ['foo/']],
    ['what is asked for within the grant', member([grant('foo/')]), 'foo/bar', ['foo/bar']],
    ['nothing beside the grant', member([grant('foo/')]), 'foobar/', []],
    ['nothing when listing is not granted', member([grant('', ['read'])]), '', []],
    ['nothing when the token may not list', admin(token({ scopes: ['read'] })), '', []],
    ['the token’s own prefix', admin(token({ prefix: 'foo/' })), '', ['foo/']],
    [
      'the grant that holds what is asked for, be it the second',
      member([grant('u_2/'), grant('foo/')]),
      'foo/',
      ['foo/'],
    ],
    ['both of two grants, in byte order', member([grant('team/'), grant('own/')]), '', ['own/', 'team/']],
    ['none that another covers', member([grant('foo/a/'), grant('foo/'), grant('foo/')]), '', ['foo/']],
    ['a sibling whose name begins alike', member([grant('foobar/'), grant('foo/')]), 'foo', ['foo/', 'foobar/']],
    ['a grant of the name undefined', member([grant('undefined/')]), '', ['undefined/']],
    ['the order of bytes, not of UTF-16', member([grant('\u{1f431}'), grant('\uff5e')]), '', ['\uff5e', '\u{1f431}']],
    [
      'what a token narrowed to a prefix above two grants may see of both',
      member([grant('foo/b/'), grant('foo/a/'), grant('bar/')], token({ prefix: 'foo/' })),
      '',
      ['foo/a/', 'foo/b/'],
    ],
  ])('gives %s', (_, caller, prefix, expected) => {
    expect(BEDS.shared.listPrefixes(caller, 'images', prefix)).toEqual(expected);
  });
});

describe('listPrefixes of a private bed', () => {
  it.each<[string, Caller, string, readonly string[]]>([
    ['all that is the member’s own', member(whole), '', ['u_1/']],
    ['a folder as its owner calls it', member(whole), 'blog/', ['u_1/blog/']],
    ['a folder as it stands in the bucket', member(whole), 'u_1/blog/', ['u_1/blog/']],
    ['all that is its own when its id begins so', member(whole), 'u_', ['u_1/']],
    ['nobody else’s', member(whole), 'u_2/', ['u_1/u_2/']],
    ['a granted folder', member([grant('blog/')]), '', ['u_1/blog/']],
    ['nothing beside a granted folder', member([grant('blog/')]), 'diary/', []],
    ['what an admin asks for', admin(), 'blog/', ['blog/']],
    ['nothing for nobody', ANONYMOUS, 'blog/', []],
  ])('gives %s', (_, caller, prefix, expected) => {
    expect(BEDS.private.listPrefixes(caller, 'images', prefix)).toEqual(expected);
  });
});

describe('place', () => {
  it.each<[string, keyof typeof BEDS, Caller, string, string]>([
    ['where a member of a shared bed says', 'shared', member(whole), 'a.png', 'a.png'],
    ['where an admin says', 'private', admin(), 'a.png', 'a.png'],
    ['where nobody says', 'private', ANONYMOUS, 'a.png', 'a.png'],
    ['below the own prefix in a private bed', 'private', member(whole), 'a.png', 'u_1/a.png'],
    ['where it is when that is the own prefix already', 'private', member(whole), 'u_1/a.png', 'u_1/a.png'],
    ["below the own prefix when it names somebody else's", 'private', member(whole), 'u_12/a.png', 'u_1/u_12/a.png'],
    ['below the own prefix when that stands further down', 'private', member(whole), 'x/u_1/a.png', 'u_1/x/u_1/a.png'],
  ])('puts an image %s', (_, bed, caller, name, expected) => {
    expect(BEDS[bed].place(caller, name)).toBe(expected);
  });
});

describe('the rules of access', () => {
  const prefix = fc.constantFrom('', 'a', 'a/', 'a/b', 'a/b/', 'ab', 'ab/', 'b/', 'u_1/', 'u_1/a/', 'u_2/');
  const key = fc.tuple(prefix, fc.constantFrom('x', 'b/x', 'a', 'b')).map(([start, end]) => start + end);
  const bucketName = fc.constantFrom('images', 'other');
  const actions = fc.subarray([...SCOPES]);
  const grants = fc.array(fc.record({ bucketName, prefix, actions }), { maxLength: 3 });
  const narrowing = fc.option(
    fc.record({
      scopes: actions,
      bucketName: fc.option(bucketName, { nil: undefined }),
      prefix: fc.option(prefix, { nil: undefined }),
    }),
    { nil: undefined },
  );
  const caller = fc
    .tuple(grants, narrowing, fc.constantFrom<'admin' | 'member'>('admin', 'member', 'member'))
    .map(([granted, narrowed, role]) => member(granted, narrowed, role));
  const bed = fc.constantFrom<keyof typeof BEDS>('shared', 'private');

  /** The same rules key by key, without an intersection of prefixes. */
  const mayReach = (name: keyof typeof BEDS, who: Member, action: Scope, bucket: string, wanted: string): boolean => {
    const { role, narrowing: narrowed } = who;
    const isPlaced = (granted: string) => name === 'shared' || granted.startsWith('u_1/');
    const isGranted = who.grants.some(
      ({ bucketName: of, actions: granted, prefix: start }) =>
        of === bucket && granted.includes(action) && wanted.startsWith(isPlaced(start) ? start : `u_1/${start}`),
    );
    const isIn = role === 'admin' || isGranted;
    const isWithinToken =
      narrowed === undefined ||
      (narrowed.scopes.includes(action) &&
        [undefined, bucket].includes(narrowed.bucketName) &&
        wanted.startsWith(narrowed.prefix ?? ''));
    return isIn && isWithinToken;
  };

  it('say of every key what they say of prefixes, and show its bucket', () => {
    fc.assert(
      fc.property(bed, caller, fc.constantFrom(...SCOPES), bucketName, key, (name, who, action, bucket, wanted) => {
        const isReached = BEDS[name].reaches(who, action, bucket, wanted);
        const isShown = BEDS[name].seesBucket(who, bucket) || !isReached;
        return isReached === mayReach(name, who, action, bucket, wanted) && isShown;
      }),
      { numRuns: 1000 },
    );
  });
});

describe('owners', () => {
  const change = async (caller: Caller, metadata: Readonly<Record<string, string>>) => requireOwner(caller, metadata);

  it.each<[string, Caller, Readonly<Record<string, string>>]>([
    ['a member', member(whole), { owner: 'u_2' }],
    ['a member whose id begins like the owner’s', member(whole), { owner: 'u_12' }],
    ['a member', member(whole), {}],
    ['nobody', ANONYMOUS, { owner: 'u_1' }],
    ['nobody', ANONYMOUS, {}],
  ])('are not %s', async (_, caller, metadata) => {
    expect(await refusalOf(change(caller, metadata))).toBe('AccessDenied');
  });

  it.each<[string, Caller, Readonly<Record<string, string>>]>([
    ['a member', member(whole), { owner: 'u_1' }],
    ['an admin', admin(), { owner: 'u_2' }],
    ['an admin', admin(), {}],
  ])('are %s', async (_, caller, metadata) => {
    expect(await refusalOf(change(caller, metadata))).toBeUndefined();
  });

  const id = `u_${'0a'.repeat(16)}`;
  it.each<[string | undefined, string | undefined]>([
    [id, id],
    [undefined, undefined],
    ['', undefined],
    ['u_', undefined],
    [id.slice(0, -1), undefined],
    [`${id}0`, undefined],
    [` ${id}`, undefined],
    [`${id}\n`, undefined],
    [id.toUpperCase(), undefined],
    ['Somebody Else', undefined],
    ['../users', undefined],
  ])('by the metadata %j are %j', (owner, expected) => {
    expect(ownerOf(owner === undefined ? { title: 'a' } : { owner })).toBe(expected);
  });

  it('know who is behind a call', () => {
    expect(ANONYMOUS).toEqual({ kind: 'anonymous', rejectedToken: false });
    expect(requireMember(member(whole)).userId).toBe('u_1');
    expect(() => requireMember(ANONYMOUS)).toThrow(new TypeError('the route should have wanted a member'));
  });
});
