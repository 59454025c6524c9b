import { expect, it } from 'vitest';
import { createLogger } from '../../../../src/logger.ts';
import { logChanges } from '../../../../src/services/objects/log-changes.ts';

it('a change is a line of the log, without what its user keeps beside the image', () => {
  const lines: string[] = [];
  const listener = logChanges(
    createLogger(
      (line) => lines.push(line),
      () => new Date(0),
    ),
  );
  const image = (objectName: string) => ({
    ...{ bucketName: 'images', objectName, ownerId: 'u_1', size: 3 },
    ...{ contentType: 'image/png', metadata: { note: 'secret' } },
  });
  void listener({ kind: 'moved', changeId: 'c1', actorId: 'u_1', source: image('a.png'), image: image('b.png') });
  const told = { bucketName: 'images', ownerId: 'u_1', size: 3 };
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    {
      ...{ event: 'object', change: 'moved', changeId: 'c1', actorId: 'u_1' },
      source: { ...told, objectName: 'a.png' },
      image: { ...told, objectName: 'b.png' },
    },
  ]);
  expect(lines.join()).not.toContain('secret');
});
