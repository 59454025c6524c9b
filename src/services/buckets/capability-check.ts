import { AppError, type Text } from '../../errors.ts';
import type { CheckResult } from './bucket-check.ts';
import type { BucketCapabilities, Capabilities, Capability } from './capabilities.ts';

/** What a store that lacks something means for the bed; what is `needed` is to be mended, the rest is made up for. */
const LACKS: { readonly [Name in Capability]: { readonly needed: boolean; readonly advice: Text } } = {
  conditionalWrite: {
    needed: true,
    advice: {
      zh: '此存储不理会写入条件（If-None-Match）：服务在写入前先查看，两人同时写同一名称时可能都成功；请升级存储，或关闭该存储桶的版本控制（COS）',
      en: 'The store ignores a condition on writes (If-None-Match): the service looks before it writes, and two who write one name at once may both succeed; use a newer version of the store, or end versioning of the bucket (COS)',
    },
  },
  conditionalReplace: {
    needed: false,
    advice: {
      zh: '此存储不支持按 If-Match 覆盖：服务在覆盖前先查看是否仍是同一对象',
      en: 'The store does not replace by If-Match: the service looks whether it is still the same object before it replaces one',
    },
  },
  conditionalCopy: {
    needed: false,
    advice: {
      zh: '此存储复制时不理会条件：服务先查看再复制，或经由自身读出后有条件地写入',
      en: 'The store heeds no condition when it copies: the service looks first, or reads the image and puts it under a condition',
    },
  },
  conditionalSource: {
    needed: false,
    advice: {
      zh: '此存储复制时不核对源对象（copy-source-if-match）：服务经由自身读出并写入，复制大图较慢',
      en: 'The store does not look whether the source of a copy is still the same (copy-source-if-match): images are read and put by the service itself, which takes longer for large ones',
    },
  },
  copyDescription: {
    needed: false,
    advice: {
      zh: '此存储复制时不采用新的类型与元数据（REPLACE）：服务经由自身读出并写入，复制大图较慢',
      en: 'The store keeps the old type and metadata when it copies, whatever it is given (REPLACE): images are read and put by the service itself, which takes longer for large ones',
    },
  },
  conditionalDelete: {
    needed: false,
    advice: {
      zh: '此存储不支持按 If-Match 删除：服务在删除前先查看是否仍是同一对象',
      en: 'The store does not remove by If-Match: the service looks whether it is still the same object before it removes one',
    },
  },
  headDescription: {
    needed: true,
    advice: {
      zh: 'HEAD 不返回写入时的类型与元数据，图片的归属与类型无法得知；请检查存储前的代理或网关是否改写了响应头',
      en: 'HEAD does not give back the type and metadata of an object, by which the bed knows whose it is; see whether a proxy or gateway before the store changes headers',
    },
  },
  signedForm: {
    needed: false,
    advice: {
      zh: '此存储不接受预签名表单：object/presignedPostPolicy 不可用，请用 object/presignedPutObject 或分片上传',
      en: 'The store takes no presigned forms: object/presignedPostPolicy is not to be had, use object/presignedPutObject or an upload in parts',
    },
  },
  listing: {
    needed: true,
    advice: {
      zh: '列出的对象有缺失、重复、顺序不对或没有 ETag，列表与对账会不准；请检查存储的版本与其前的代理',
      en: 'Its listing lacks or repeats objects, has them out of order or without an etag, so that lists and bucket/reconcile are not right; check the version of the store and any proxy before it',
    },
  },
  nestedKeys: {
    needed: false,
    advice: {
      zh: '此存储不接受或不列出位于另一图片名称之下的图片（已有 a 时的 a/b.png）：请勿以图片的名称作文件夹名',
      en: 'The store refuses, or leaves out of its listings, an image below the name of another (a/b.png where a is one): give no folder the name of an image',
    },
  },
};

const NAMES = Object.keys(LACKS).filter((name): name is Capability => name in LACKS);

/** Probes a bucket anew, and says of each thing what was found. */
export async function checkCapabilities(
  capabilities: BucketCapabilities,
  bucketName: string,
): Promise<readonly CheckResult[]> {
  try {
    return toResults(await capabilities.probe(bucketName));
  } catch (error) {
    // The store's own words, once: nothing could be tried.
    if (error instanceof AppError) return [{ check: 'capabilities', ok: false, advice: error.text }];
    throw error;
  }
}

const toResults = (seen: Capabilities): readonly CheckResult[] =>
  NAMES.map((check) => {
    const { needed, advice } = LACKS[check];
    return seen[check] ? { check, ok: true } : { check, ok: !needed, advice };
  });
