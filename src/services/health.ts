import { beforeDeadline } from '../concurrency/deadline.ts';

/** Something the service cannot work without. */
export interface Dependency {
  readonly kind: string;
  ping(): Promise<void>;
}

type State = 'up' | 'down';

/** What the health check says. */
export interface HealthReport {
  readonly state: State;
  readonly versions: { readonly imagepic: string; readonly node: string };
  readonly stores: Record<'documents' | 'objects', { readonly kind: string; readonly state: State }>;
}

/** Looks at every dependency, each for at most two seconds. */
export type Health = () => Promise<HealthReport>;

const PATIENCE_MS = 2000;

/** Creates the health check. */
export const createHealth =
  (version: string, stores: { readonly documents: Dependency; readonly objects: Dependency }): Health =>
  async () => {
    const [documents, objects] = await Promise.all([stateOf(stores.documents), stateOf(stores.objects)]);
    return {
      state: documents === 'up' && objects === 'up' ? 'up' : 'down',
      versions: { imagepic: version, node: process.versions.node },
      stores: {
        documents: { kind: stores.documents.kind, state: documents },
        objects: { kind: stores.objects.kind, state: objects },
      },
    };
  };

const stateOf = (dependency: Dependency): Promise<State> =>
  beforeDeadline(dependency.ping(), PATIENCE_MS, () => new Error('no answer in time')).then(
    () => 'up',
    () => 'down',
  );
