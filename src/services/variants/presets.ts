import * as v from 'valibot';
import { PRESETS } from '../../naming/variant.ts';
import type { DocumentStore } from '../../ports/document-store.ts';
import { defineCollection, openCollection } from '../collection.ts';
import { type Given, pickParameters, readParameters, wrong } from './parameters.ts';

/** Parameters under one name. */
export type Preset = Readonly<Record<string, string>>;

/** The presets of an admin, beside those that every bed has. */
export const OWN_PRESETS = defineCollection({
  name: 'settings',
  schema: v.object({ presets: v.record(v.string(), v.record(v.string(), v.string())) }),
  retention: { kept: 'one document a bed' },
});
const ID = 'presets';
/** How long one process may go on with presets that another has changed, in milliseconds. */
const REMEMBERED_MS = 5000;

/** Names for parameters. */
export interface Presets {
  /** All of them by name; an admin's takes the place of one that every bed has. */
  all(): Promise<Readonly<Record<string, Preset>>>;
  /** Puts an admin's presets in the place of those before. @throws {AppError} InvalidArgument for parameters that no address may have */
  replace(presets: Readonly<Record<string, Preset>>): Promise<void>;
  /** Puts the parameters of a preset in the place of its name, and leaves beside it what everybody may say. @throws {AppError} InvalidArgument */
  resolve(given: Given): Promise<Given>;
}

/** Creates the presets. */
export function createPresets(documents: DocumentStore, now: () => Date): Presets {
  const collection = openCollection(documents, OWN_PRESETS);
  let known: { readonly presets: Readonly<Record<string, Preset>>; readonly at: number } | undefined;

  const all: Presets['all'] = async () => {
    const at = now().getTime();
    if (known === undefined || at - known.at >= REMEMBERED_MS) {
      const own = await collection.read(ID);
      known = { presets: { ...PRESETS, ...own?.presets }, at };
    }
    return known.presets;
  };

  return {
    all,
    replace: async (presets) => {
      for (const preset of Object.values(presets)) readParameters(toGiven(preset));
      await collection.upsert(ID, () => ({ presets }));
      known = undefined;
    },
    resolve: async (given) => {
      const name = given.get('p');
      if (name === undefined) return given;
      const preset = new Map(Object.entries(await all())).get(name);
      if (preset === undefined) throw wrong('p');
      const beside = [...given].filter(([parameter]) => parameter === 'f' || parameter === 'anim');
      if (beside.length < given.size - 1) throw wrong('p');
      return new Map([...toGiven(preset), ...beside]);
    },
  };
}

const toGiven = (preset: Preset): Given => pickParameters(new URLSearchParams({ ...preset }));
