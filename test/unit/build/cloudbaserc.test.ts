import { describe, expect, it } from 'vitest';
import cloudbaserc from '../../../cloudbaserc.json' with { type: 'json' };
import { bootstrap } from '../../../src/bootstrap.ts';
import { VARIABLES } from '../../../src/config/config.ts';
import { createTempConfig } from '../../support/temp-config.ts';

const KNOWN_TOP = ['$schema', 'version', 'envId', 'region', 'functionRoot', 'functions'];
/** What @cloudbase/cli 2.12.10 hands on to the platform; every other key it drops without a word. */
const KNOWN = [
  'name',
  'type',
  'handler',
  'runtime',
  'timeout',
  'initTimeout',
  'memorySize',
  'installDependency',
  'envVariables',
  'triggers',
  'ignore',
  'path',
  'vpc',
  'layers',
  'codeSecret',
  'role',
  'description',
  'cfsConfig',
  'publicNetConfig',
];

const [deployed, ...others] = cloudbaserc.functions;

describe('cloudbaserc.json', () => {
  it('has one function, and no key that the deploy tool does not know', () => {
    expect(others).toEqual([]);
    expect(cloudbaserc.version).toBe('2.0');
    expect(Object.keys(cloudbaserc).filter((key) => !KNOWN_TOP.includes(key))).toEqual([]);
    expect(Object.keys(deployed ?? {}).filter((key) => !KNOWN.includes(key))).toEqual([]);
  });

  it('asks for the runtime that the function is built for, within the platform’s limits', () => {
    expect(deployed).toMatchObject({ type: 'Event', runtime: 'Nodejs20.19', handler: 'index.main', name: 'imagepic' });
    expect(deployed?.timeout).toBeGreaterThanOrEqual(20);
    expect(deployed?.timeout).toBeLessThanOrEqual(900);
    expect((deployed?.memorySize ?? 0) % 128).toBe(0);
    expect(deployed?.memorySize).toBeLessThanOrEqual(3072);
  });

  it('gives variables as strings, each known to the service', () => {
    for (const [name, value] of Object.entries(deployed?.envVariables ?? {})) {
      expect(VARIABLES).toContain(name);
      expect(typeof value).toBe('string');
    }
  });

  it('takes every secret from .env', () => {
    for (const [name, value] of Object.entries(deployed?.envVariables ?? {})) {
      if (/SECRET|KEY|TOKEN|PHONE/.test(name)) expect(value).toBe(`{{env.${name}}}`);
    }
    expect(cloudbaserc.envId).toBe('{{env.ENV_ID}}');
  });

  it('has exactly the service’s jobs as timers, each with its own schedule', async () => {
    const { config, remove } = await createTempConfig();
    const { jobs } = await bootstrap(config, { writeLog: () => {} });
    await remove();
    const lines = jobs.map(({ name, schedule }) => ({ name, type: 'timer', config: schedule.cron }));
    expect(deployed?.triggers, `write "triggers": ${JSON.stringify(lines)}`).toEqual(lines);
  });

  it('names each timer once, with a schedule of seven fields', () => {
    const triggers = deployed?.triggers ?? [];
    expect(new Set(triggers.map(({ name }) => name)).size).toBe(triggers.length);
    for (const { config } of triggers) {
      const fields = config.split(' ');
      expect(fields).toHaveLength(7);
      for (const field of fields) expect(field).toMatch(/^(\*(\/\d{1,2})?|\d{1,2})$/);
    }
  });
});
