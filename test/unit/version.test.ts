import { describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { OLDEST_NODE, refuseNode } from '../../src/version.ts';

describe('the Node that this runs on', () => {
  it('is as old as package.json says', () => {
    expect(packageJson.engines.node).toBe(`>=${OLDEST_NODE}`);
  });

  it.each(['20.19.0', '20.20.2', '22.0.0', '24.21.0'])('may be %s', (version) => {
    expect(refuseNode(version)).toBeUndefined();
  });

  it.each(['20.18.3', '18.20.4', '19.9.0'])('may not be %s, which says what to get', (version) => {
    expect(refuseNode(version)).toContain(`This is Node ${version}, and imagepic needs 20.19 or newer`);
  });
});
