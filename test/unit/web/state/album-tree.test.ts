import { expect, it } from 'vitest';
import { type Album, albumsIn, lift, toTree, wayTo } from '../../../../src/web/state/album-tree.ts';

const album = (albumId: string, parentId?: string): Album => ({
  ...{
    albumId,
    name: `Album ${albumId}`,
    description: '',
    ownerId: 'ann',
    order: 'newest',
    random: false,
    createdAt: '',
    updatedAt: '',
  },
  ...(parentId !== undefined && { parentId }),
});
const ALL = [album('10'), album('2'), album('3', '2'), album('4', '3'), album('5', 'of somebody else')];
const names = (albums: readonly Album[]): readonly string[] => albums.map(({ albumId }) => albumId);

it('orders as people do, and shows at the top what lies in what nobody sees', () => {
  expect(names(albumsIn(ALL, undefined))).toEqual(['2', '5', '10']);
  expect(toTree(ALL).map(({ album: { albumId }, depth }) => `${albumId} ${depth}`)).toEqual([
    ...['2 0', '3 1', '4 2', '5 0', '10 0'],
  ]);
});

it('tells the way to one, and none to one that is not there', () => {
  expect(names(wayTo(ALL, '4'))).toEqual(['2', '3', '4']);
  expect(wayTo(ALL, '6')).toEqual([]);
});

it('lets what lay in one that goes lie where that lay', () => {
  expect(lift(ALL, '3').find(({ albumId }) => albumId === '4')).toEqual(album('4', '2'));
  expect(lift(ALL, '2').find(({ albumId }) => albumId === '3')).toEqual(album('3'));
  expect(lift(ALL, '6')).toBe(ALL);
});
