import { beforeEach, describe, expect, it } from 'vitest';
import { toDevice } from '../../../../src/services/identity/session-list.ts';
import type { TokenPair } from '../../../../src/services/identity/sessions.ts';
import { createMemoryBed, type MemoryBed, type MemoryPerson, START } from '../../../support/memory/bed.ts';

const DAY = 24 * 60 * 60_000;
const CHROME = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/150.0.0.0 Safari/537.36';

let bed: MemoryBed;
let ann: MemoryPerson;
beforeEach(async () => {
  bed = await createMemoryBed();
  ann = await bed.person();
});

const idOf = ({ refreshToken }: TokenPair): string => refreshToken.split('.')[0] ?? '';
const works = async ({ token }: TokenPair): Promise<boolean> => (await bed.sessions.identify(token)) !== undefined;
const memberOf = async ({ token }: TokenPair) => (await bed.sessions.identify(token))?.member ?? ann.caller;

describe('the list of sessions', () => {
  it('tells of each its device, when it was opened and last renewed, and which one asks; and no secret', async () => {
    const desk = await bed.sessions.open(ann, CHROME);
    bed.clock.now += DAY;
    const phone = await bed.sessions.open(ann);
    bed.clock.now += DAY;
    const renewed = await bed.sessions.refresh(desk.refreshToken);
    const found = await bed.sessionList.list(await memberOf(renewed));
    const at = (days: number) => new Date(START + days * DAY).toISOString();
    expect(found).toEqual([
      { id: idOf(desk), device: 'Chrome · Windows', createdAt: at(0), lastUsedAt: at(2), current: true },
      { id: idOf(phone), createdAt: at(1), lastUsedAt: at(1), current: false },
    ]);
  });

  it('is of the own account alone, and of those that hold', async () => {
    const bob = await bed.person();
    await bed.sessions.open(bob);
    await bed.sessions.open(ann);
    bed.clock.now += 20 * DAY;
    const fresh = await bed.sessions.open(ann);
    const closed = await bed.sessions.open(ann);
    await bed.sessions.close(await memberOf(closed));
    bed.clock.now += 11 * DAY;
    expect((await bed.sessionList.list(ann.caller)).map(({ id }) => id)).toEqual([idOf(fresh)]);
    await bed.sessions.closeAll(ann.userId);
    expect(await bed.sessionList.list(ann.caller)).toEqual([]);
  });

  it('knows those from before there was one', async () => {
    const pair = await bed.sessions.open(ann, CHROME);
    const stored = await bed.documents.read('sessions', idOf(pair));
    const { createdAt: _, userAgent: __, ...before } = stored?.doc ?? {};
    await bed.documents.replace('sessions', idOf(pair), before, stored?.revision ?? '');
    expect(await bed.sessionList.list(ann.caller)).toEqual([
      { id: idOf(pair), lastUsedAt: new Date(START).toISOString(), current: false },
    ]);
  });

  it('keeps of what a device says of itself 256 characters that any store can hold', async () => {
    await bed.sessions.open(ann, `curl/8 \u0000\ud83d${'😀'.repeat(200)}${'x'.repeat(100_000)}`);
    const [text = ''] = [...bed.documents.texts()].flatMap(([name, doc]) =>
      name.startsWith('sessions/') ? [doc] : [],
    );
    expect(JSON.parse(text).userAgent).toBe('curl/8 ');
    expect(text.length).toBeLessThan(1000);
  });
});

describe('ending a session', () => {
  it('R16 ends that one at once, and no other', async () => {
    const [one, other] = [await bed.sessions.open(ann), await bed.sessions.open(ann)];
    await bed.sessionList.revoke(ann.userId, idOf(one));
    await bed.sessionList.revoke(ann.userId, idOf(one));
    expect([await works(one), await works(other)]).toEqual([false, true]);
    expect((await bed.sessionList.list(ann.caller)).map(({ id }) => id)).toEqual([idOf(other)]);
  });

  it("R16 does nothing to somebody else's", async () => {
    const bob = await bed.person();
    const theirs = await bed.sessions.open(bob);
    await bed.sessionList.revoke(ann.userId, idOf(theirs));
    await bed.sessionList.revokeOthers(ann.caller);
    expect(await works(theirs)).toBe(true);
  });

  it('R16 ends all but the one that asks', async () => {
    const pairs = [await bed.sessions.open(ann), await bed.sessions.open(ann), await bed.sessions.open(ann)];
    const [first, mine, last] = pairs as [TokenPair, TokenPair, TokenPair];
    await bed.sessionList.revokeOthers(await memberOf(mine));
    expect([await works(first), await works(mine), await works(last)]).toEqual([false, true, false]);
    expect((await bed.sessionList.list(ann.caller)).map(({ id }) => id)).toEqual([idOf(mine)]);
    expect([...bed.documents.texts().keys()].filter((id) => id.startsWith('sessions/'))).toHaveLength(1);
  });
});

describe('a device', () => {
  it.each<[string | undefined, string]>([
    ['Chrome · Windows', CHROME],
    ['Edge · Windows', `${CHROME} Edg/150.0.0.0`],
    ['Chrome · Android', 'Mozilla/5.0 (Linux; Android 15; K) AppleWebKit/537.36 Chrome/150.0 Mobile Safari/537.36'],
    ['Safari · iPhone', 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Version/18.5 Mobile Safari/604.1'],
    ['Chrome · iPad', 'Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) CriOS/150.0 Mobile Safari/604.1'],
    ['Safari · macOS', 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.5 Safari/605.1.15'],
    ['Firefox · Linux', 'Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0'],
    ['WeChat · iPhone', 'Mozilla/5.0 (iPhone; like Mac OS X) Mobile MicroMessenger/8.0.60 Safari/1'],
    ['WeChat', 'WeChat'],
    ['curl', 'curl/8.14.1'],
    ['node', 'node'],
    ['Chrome', 'Chrome/<img src=x onerror=alert(1)>'],
    [undefined, '<img src=x onerror=alert(1)>'],
    [undefined, 'x'.repeat(200)],
    [undefined, ''],
  ])('is %j in words: %s', (words, userAgent) => {
    expect(toDevice(userAgent)).toBe(words);
  });
});
