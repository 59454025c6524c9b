import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { Deployment } from 'kubernetes-models/apps/v1';
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import { PersistentVolume, PersistentVolumeClaim, Service } from 'kubernetes-models/v1';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import manifest from '../../../functions/imagepic/package.json' with { type: 'json' };
import root from '../../../package.json' with { type: 'json' };
import { loadConfig, VARIABLES } from '../../../src/config/config.ts';

const FOLDER = 'functions/imagepic/deploy';
const SETS = ['dev', 'production'] as const;
const MODELS = {
  Deployment: { model: Deployment, module: 'kubernetes-models/apps/v1' },
  HorizontalPodAutoscaler: { model: HorizontalPodAutoscaler, module: 'kubernetes-models/autoscaling/v2' },
  PodDisruptionBudget: { model: PodDisruptionBudget, module: 'kubernetes-models/policy/v1' },
  PersistentVolume: { model: PersistentVolume, module: 'kubernetes-models/v1' },
  PersistentVolumeClaim: { model: PersistentVolumeClaim, module: 'kubernetes-models/v1' },
  Service: { model: Service, module: 'kubernetes-models/v1' },
} as const;
type Kind = keyof typeof MODELS;

// biome-ignore lint/suspicious/noExplicitAny: manifests are data, and every test looks into another place of them
type Manifest = any;

const read = (set: string, name: string): string => readFileSync(join(FOLDER, set, name), 'utf8');

function manifestsOf(set: string): readonly Manifest[] {
  const names = ['pv.yaml', 'pvc.yaml', 'server.yaml', 'database.yaml'];
  return names
    .filter((name) => existsSync(join(FOLDER, set, name)))
    .flatMap((name) =>
      parseAllDocuments(read(set, name), { uniqueKeys: true }).map((document) => {
        if (document.errors.length > 0) throw document.errors[0];
        return document.toJS();
      }),
    );
}

const find = (set: string, kind: Kind, name?: string): Manifest =>
  manifestsOf(set).find((each) => each.kind === kind && (name === undefined || each.metadata.name === name));
const podOf = (set: string): Manifest => find(set, 'Deployment').spec.template;
const serverOf = (set: string): Manifest => podOf(set).spec.containers[0];
const includes = (whole: object, part: object): boolean =>
  Object.entries(part).every(([name, value]) => Reflect.get(whole, name) === value);

/** What a secret may hold under a key; of the database as the command beside it has it. */
function secretOf(key: string): string {
  if (key !== 'database-url') return 'f3a9c1d27be84560a1b2c3d4e5f60718';
  const [, url = ''] = /database-url="([^"]+)"/.exec(read('production', 'server.yaml')) ?? [];
  return url.replace('$password', 'a password');
}

describe.each(SETS)('the manifests for Kubernetes, %s', (set) => {
  it('fit the schemas of Kubernetes', () => {
    for (const each of manifestsOf(set)) {
      const { model: Model } = MODELS[each.kind as Kind];
      expect(() => new Model(each).validate(), each.kind).not.toThrow();
    }
  });

  it('have no field that Kubernetes does not know', async () => {
    // The schemas let unknown fields pass; the types that were made of them do not.
    const folder = await mkdtemp(resolve('node_modules/.imagepic-manifests-'));
    const sources = manifestsOf(set).map(
      (each, index) =>
        `import type { I${each.kind} as T${index} } from '${MODELS[each.kind as Kind].module}';\nexport const m${index}: T${index} = ${JSON.stringify(each)};`,
    );
    await writeFile(join(folder, 'manifests.ts'), sources.join('\n'));
    const compiler = ['tsc', '--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--target', 'es2023'];
    try {
      const check = promisify(execFile)('npx', [...compiler, '--ignoreConfig', join(folder, 'manifests.ts')]);
      await expect(check).resolves.toBeDefined();
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('tie what stores, claim and volume together', () => {
    const [pod, folder] =
      set === 'dev'
        ? [podOf(set), 'IMAGEPIC_DATA_DIR']
        : [find(set, 'Deployment', 'imagepic-database').spec.template, 'PGDATA'];
    const [holder] = pod.spec.containers;
    const [volume, claim] = [find(set, 'PersistentVolume'), find(set, 'PersistentVolumeClaim')];
    expect(includes(volume.metadata.labels, claim.spec.selector.matchLabels)).toBe(true);
    expect(volume.spec.storageClassName).toBe('');
    expect(claim.spec.storageClassName).toBe('');
    const mode = set === 'dev' ? 'ReadWriteMany' : 'ReadWriteOnce';
    expect([volume.spec.accessModes, claim.spec.accessModes]).toEqual([[mode], [mode]]);
    expect(claim.spec.resources.requests.storage).toBe(volume.spec.capacity.storage);
    expect(volume.spec.persistentVolumeReclaimPolicy).toBe('Retain');
    const mounted = pod.spec.volumes.find((each: Manifest) => each.persistentVolumeClaim !== undefined);
    expect(mounted.persistentVolumeClaim.claimName).toBe(claim.metadata.name);
    const dataDir = holder.env.find((each: Manifest) => each.name === folder).value;
    const { mountPath } = holder.volumeMounts.find((each: Manifest) => each.name === mounted.name);
    expect(`${dataDir}/`.startsWith(`${mountPath}/`)).toBe(true);
  });

  it('lead requests to the port that the server listens on', () => {
    const service = find(set, 'Service');
    const { labels } = podOf(set).metadata;
    expect(includes(labels, service.spec.selector)).toBe(true);
    expect(includes(labels, find(set, 'Deployment').spec.selector.matchLabels)).toBe(true);
    const [port] = serverOf(set).ports;
    expect(service.spec.ports[0].targetPort).toBe(port.name);
    expect(port.containerPort).toBe(loadConfig({}).port);
    expect(read(set, 'Dockerfile')).toContain(`EXPOSE ${port.containerPort}`);
  });

  it('ask for the health that the server has, for longer than it may take', () => {
    for (const name of ['startupProbe', 'readinessProbe', 'livenessProbe']) {
      const probe = serverOf(set)[name];
      expect(probe.httpGet).toEqual({ path: `${loadConfig({}).mount}/health`, port: serverOf(set).ports[0].name });
      expect(probe.timeoutSeconds).toBeGreaterThan(2);
    }
  });

  it('give the server time to end', () => {
    const graceMs = Number(/GRACE_MS = ([\d_]+)/.exec(readFileSync('src/http/stop.ts', 'utf8'))?.[1]?.replace('_', ''));
    const before = Number(serverOf(set).lifecycle?.preStop.exec.command[1] ?? 0);
    expect(podOf(set).spec.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(graceMs / 1000 + before + 5);
  });

  it('let it do no more than it must', () => {
    expect(podOf(set).spec.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 1000 });
    expect(podOf(set).spec.automountServiceAccountToken).toBe(false);
    expect(serverOf(set).securityContext).toMatchObject({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(serverOf(set).resources).toMatchObject({
      requests: { cpu: expect.anything() },
      limits: { memory: expect.anything() },
    });
  });

  it('give it variables that it knows, and that it starts with', () => {
    const variables: readonly Manifest[] = serverOf(set).env;
    const values = variables.map(({ name, value, valueFrom }) => [name, value ?? secretOf(valueFrom.secretKeyRef.key)]);
    for (const [name] of values) expect(VARIABLES).toContain(name);
    expect(() => loadConfig(Object.fromEntries(values))).not.toThrow();
    for (const { name, value } of variables) if (/SECRET|KEY/.test(name)) expect(value, name).toBeUndefined();
  });
});

describe('the manifests for production', () => {
  it('put documents and records into the database that is made beside them', () => {
    const values = serverOf('production').env.map(({ name, value, valueFrom }: Manifest) => [
      name,
      value ?? secretOf(valueFrom.secretKeyRef.key),
    ]);
    const { documents, records } = loadConfig(Object.fromEntries(values));
    const database = find('production', 'Deployment', 'imagepic-database');
    const service = find('production', 'Service', 'imagepic-database');
    const { env } = database.spec.template.spec.containers[0];
    const given = (name: string): string => env.find((each: Manifest) => each.name === name).value;
    expect(records).toBe('postgres');
    expect(documents).toMatchObject({
      ...{ kind: 'postgres', host: service.metadata.name, port: service.spec.ports[0].port },
      ...{ user: given('POSTGRES_USER'), database: given('POSTGRES_DB') },
    });
    expect(includes(database.spec.template.metadata.labels, service.spec.selector)).toBe(true);
    expect(database.spec).toMatchObject({ replicas: 1, strategy: { type: 'Recreate' } });
    expect(serverOf('production').env.map(({ name }: Manifest) => name)).not.toContain('IMAGEPIC_DATA_DIR');
  });

  it('keep at least two servers, and let the autoscaler say how many', () => {
    const [deployment, autoscaler] = [find('production', 'Deployment'), find('production', 'HorizontalPodAutoscaler')];
    expect(deployment.spec).not.toHaveProperty('replicas');
    expect(autoscaler.spec.scaleTargetRef).toEqual({
      apiVersion: deployment.apiVersion,
      kind: 'Deployment',
      name: deployment.metadata.name,
    });
    expect(autoscaler.spec.minReplicas).toBeGreaterThanOrEqual(2);
    expect(deployment.spec.strategy.rollingUpdate.maxUnavailable).toBe(0);
    expect(find('production', 'PodDisruptionBudget').spec.selector).toEqual(deployment.spec.selector);
  });

  it('take the image of this version', () => {
    expect(serverOf('production').image).toMatch(new RegExp(`:${manifest.version}$`));
  });
});

describe.each(SETS)('the Dockerfile for %s', (set) => {
  const steps = read(set, 'Dockerfile')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => ({ verb: line.split(' ', 1)[0] ?? '', rest: line.slice(line.indexOf(' ') + 1) }));
  const last = (verb: string): string | undefined => steps.findLast((step) => step.verb === verb)?.rest;

  it('runs the server as nobody in particular, for everybody to reach', () => {
    expect(last('USER')).toBe('node');
    expect(JSON.parse(last('CMD') ?? '')).toEqual(['node', 'server.js']);
    expect(last('ENV')).toContain('HOST=0.0.0.0');
    expect(steps.findIndex(({ verb }) => verb === 'USER')).toBeGreaterThan(
      steps.findLastIndex(({ verb }) => verb === 'RUN'),
    );
  });

  it('brings what keeps records in a file, at the version that is tested', () => {
    expect(read(set, 'Dockerfile')).toContain(`libsql@${root.devDependencies.libsql}`);
  });

  it('starts from a Node that the service runs on, and carries no secret', () => {
    for (const { rest } of steps.filter(({ verb }) => verb === 'FROM')) expect(rest).toMatch(/^node:20-/);
    expect(steps.filter(({ verb, rest }) => verb === 'ARG' || /SECRET|PASSWORD|TOKEN/i.test(rest))).toEqual([]);
  });

  it('copies only what is there', () => {
    const context = set === 'dev' ? 'functions/imagepic' : '.';
    const built = ['index.js', 'server.js', 'chunks', 'node_modules'];
    const copied = steps
      .filter(({ verb }) => verb === 'COPY')
      .flatMap(({ rest }) =>
        rest
          .split(' ')
          .filter((part) => !part.startsWith('--'))
          .slice(0, -1),
      )
      .map((path) => path.replace(/^\/src\//, set === 'dev' ? '' : './'));
    expect(copied.length).toBeGreaterThan(3);
    for (const path of copied) {
      const isBuilt = built.some((name) => path.endsWith(name));
      expect(isBuilt || existsSync(join(context, path)), path).toBe(true);
    }
  });
});
