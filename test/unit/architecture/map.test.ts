import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listSources, ROOT, readSource } from './sources.ts';

const map = readSource('src/README.md');
const [, rooms = ''] = /^## Rooms\n(.*?)^## /ms.exec(map) ?? [];

/** A folder of the services or stores is a room, but for the folders of single adapters. */
const toRoom = (path: string): string =>
  path
    .split('/')
    .slice(1, /^src\/(?:services|stores)\/[^/]+\//.test(path) ? 3 : 2)
    .join('/');

describe('the map in src/README.md', () => {
  it('has a line for every room', () => {
    const folders = listSources('src').filter((path) => path.split('/').length > 2);
    const inRooms = folders.filter((path) => !/^src\/(?:services|stores)\/[^/]+$/.test(path));
    const missing = [...new Set(inRooms.map(toRoom))].filter((room) => !rooms.includes(`\n- \`${room}/\`: `));
    expect(missing).toEqual([]);
  });

  it('names every file beside the rooms', () => {
    const beside = listSources('src').filter((path) => path.split('/').length === 2);
    expect(beside.filter((path) => !map.includes(`\`${path.slice(4)}\``))).toEqual([]);
  });

  it('names no file that is not there, unless it says so', () => {
    const paths = map
      .split(/\n(?=\n|- |\|)/)
      .filter((paragraph) => !paragraph.includes('ot built yet'))
      .flatMap((paragraph) =>
        [...paragraph.matchAll(/`((?:[\w.-]+\/)+(?:[\w-]+\.\w+)?)`/g)].map(([, path = '']) => path),
      );
    const exists = (path: string): boolean => existsSync(join(ROOT, path)) || existsSync(join(ROOT, 'src', path));
    expect(paths.length).toBeGreaterThan(50);
    expect(paths.filter((path) => !exists(path))).toEqual([]);
  });
});
