import * as v from 'valibot';
import { MAX_EXPIRY_SECONDS } from '../naming/s3-limits.ts';
import { input, optional } from './field.ts';
import { imageBucket as bucketName } from './fields/bucket.ts';
import { expiry, objectName } from './fields/object.ts';
import { parameters, presets } from './fields/variant.ts';
import { type Contract, route } from './route-contract.ts';

const oneImage = input({ bucketName, objectName });
const presetsByName = v.object({ presets: v.record(v.string(), v.record(v.string(), v.string())) });

/** Routes under `image/*`. */
export const imageContract = {
  'image/variantUrl': route({
    summary:
      'Gives the address of an image in another size or form; it is signed, and holds for `expiry` seconds, where the parameters or the image are not open to everybody.',
    access: 'member',
    scope: 'read',
    input: input({ ...oneImage.fields, parameters, expiry: optional(expiry, MAX_EXPIRY_SECONDS) }),
    output: v.object({ url: v.string(), expiresAt: v.optional(v.string()) }),
  }),
  'image/getPresets': route({
    summary: 'Shows the presets that an address may name as `p`.',
    access: 'member',
    scope: 'read',
    input: input({}),
    output: presetsByName,
  }),
  'image/setPresets': route({
    summary: 'Puts presets in the place of those that were set before, beside those that every bed has.',
    access: 'admin',
    changes: true,
    input: input({ presets }),
    output: presetsByName,
    audits: { input: ['presets'] },
  }),
  'image/purgeVariants': route({
    summary: 'Removes what was made of an image in other sizes and forms; it is made again when it is asked for.',
    access: 'member',
    scope: 'delete',
    changes: true,
    input: oneImage,
    output: v.object({ removed: v.number() }),
    audits: { input: ['bucketName', 'objectName'] },
  }),
} as const satisfies Contract;
