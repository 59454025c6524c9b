import { encodeKey } from '../../naming/uri.ts';
import type { PRESETS } from '../../naming/variant.ts';
import { visit } from './bed.ts';
import type { Place } from './private-images.ts';

/** A size that every bed has. */
export type Preset = keyof typeof PRESETS;

/** Whether the bed makes images in other sizes. */
export function makesVariants(): boolean {
  const { value } = visit;
  return 'health' in value && value.health.bed.images.variants !== 'none';
}

/** The address of an image at the bed itself; `version` keeps a cache from showing what was there before. */
export function toAddress({ bucketName, objectName }: Place, preset?: Preset, version?: string): string {
  const path = `i/${bucketName}/${encodeKey(objectName)}`;
  if (preset === undefined || !makesVariants()) return path;
  return `${path}?${new URLSearchParams({ p: preset, ...(version !== undefined && { v: version.slice(0, 16) }) })}`;
}
