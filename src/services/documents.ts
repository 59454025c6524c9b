import * as v from 'valibot';
import { AppError } from '../errors.ts';

/** Reads a stored document by its schema. @throws {AppError} ServiceUnavailable when it is not what was written */
export function parseDocument<Schema extends v.GenericSchema>(schema: Schema, doc: unknown): v.InferOutput<Schema> {
  const result = v.safeParse(schema, doc);
  if (result.success) return result.output;
  throw new AppError(
    'ServiceUnavailable',
    { zh: '一份数据文档已损坏，请联系管理员修复', en: 'A stored document is damaged; ask an admin to repair it' },
    { cause: new v.ValiError(result.issues) },
  );
}
