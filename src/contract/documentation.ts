import type { ErrorCode } from '../errors.ts';
import type { RouteInput, RouteUrl } from './contract.ts';

/** What the reference says of a route beside its contract; no event loads it. */
interface RouteDocumentation<Url extends RouteUrl> {
  /** The summary in Chinese. */
  readonly zh: string;
  /** An input that the route takes. */
  readonly example: RouteInput<Url>;
  /** Refusals of its own, beside those that follow from who may call it and from its fields. */
  readonly errors?: readonly ErrorCode[];
}

const PERSON = { phone: '13800138000', upwd: 'correct horse 7' };
const BUCKET = { bucketName: 'images' };
const IMAGE = { imageId: `01${'0'.repeat(24)}` };
const ALBUM = { albumId: `u_${'0'.repeat(32)}_${'0'.repeat(32)}` };
const PLACE = { ...BUCKET, objectName: 'm.png' };
const ANNOUNCED = { ...PLACE, contentType: 'image/png', size: 99 } as const;
const UPLOAD = { uploadId: '0'.repeat(32) };
const USER = { userId: `u_${'0'.repeat(32)}` };
/** One pixel. */
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

/** Every route's; what is missing does not compile. */
export const documentation: { readonly [Url in RouteUrl]: RouteDocumentation<Url> } = {
  health: { zh: '服务及其依赖是否可用，谁可以注册，图片有什么限制。', example: {} },
  'auth/register': {
    zh: '注册账号；第一个账号是管理员。',
    example: { name: 'N', tfs: '', email: 'n@example.com', ...PERSON },
    errors: ['WeakPassword', 'AccountExists', 'AccessDenied', 'InvalidCredentials'],
  },
  'auth/login': { zh: '登录；expiresIn 以秒计。', example: PERSON, errors: ['InvalidCredentials', 'AccessDenied'] },
  'auth/refresh': {
    zh: '换一对新 token；旧的 refreshToken 随即作废。',
    example: { refreshToken: 'x' },
    errors: ['InvalidToken', 'RefreshRaced', 'AccessDenied'],
  },
  'auth/logout': { zh: '结束当前会话。', example: {} },
  'auth/logoutAll': { zh: '结束账号的所有会话。', example: {} },
  'auth/logoutOthers': { zh: '结束账号的其他会话，只留当前这个。', example: {} },
  'auth/listSessions': { zh: '列出账号的会话；device 是设备自称，current 为当前会话。', example: {} },
  'auth/revokeSession': { zh: '结束账号的一个会话。', example: { sessionId: `s_${'0'.repeat(32)}` } },
  'auth/change': {
    zh: '凭旧密码修改密码；账号的所有会话随即结束，endTokens 为 true 时 API token 也一并失效。',
    example: { phone: PERSON.phone, opwd: PERSON.upwd, npwd: 'correct horse 8', endTokens: true },
    errors: ['WeakPassword', 'InvalidCredentials', 'AccessDenied'],
  },
  'auth/resetPassword': {
    zh: '凭管理员给的重置码设置密码；账号的所有会话和 API token 随即失效。',
    example: { reset: '0'.repeat(32), npwd: 'correct horse 8' },
    errors: ['WeakPassword', 'InvalidCredentials', 'AccessDenied'],
  },
  'auth/updateMe': {
    zh: '凭密码修改自己的资料；不写的保持不变。',
    example: { upwd: PERSON.upwd },
    errors: ['InvalidCredentials', 'AccountExists', 'WeakPassword'],
  },
  'auth/deleteAccount': {
    zh: '凭密码注销自己的账号；图片尚未处理完时 finished 为 false。',
    example: { upwd: PERSON.upwd, images: 'keep' },
    errors: ['InvalidCredentials'],
  },
  'auth/me': { zh: '查看自己的账号（手机号脱敏）和用量。', example: {} },
  'auth/whoami': { zh: '查看调用所用凭证属于谁；若是 API token，还有它的权限范围。', example: {} },
  'auth/createToken': {
    zh: '新建 API token，仅此一次显示。',
    example: { name: 't', scopes: ['list'] },
    errors: ['QuotaExceeded'],
  },
  'auth/listTokens': { zh: '列出账号的 API token。', example: {} },
  'auth/revokeToken': { zh: '吊销一个 API token。', example: { tokenId: '0'.repeat(16) } },
  'auth/wechatLogin': {
    zh: '登录 OPENID 所绑定的账号；只能用 callFunction 调用。',
    example: {},
    errors: ['InvalidCredentials', 'InvalidToken', 'AccessDenied', 'NotImplemented'],
  },
  'auth/wechatBind': {
    zh: '把调用者的 OPENID 绑定到账号；只能用 callFunction 调用。',
    example: PERSON,
    errors: ['InvalidCredentials', 'InvalidToken', 'BindingExists', 'AccessDenied', 'NotImplemented'],
  },
  'auth/wechatUnbind': { zh: '解除 OPENID 的绑定。', example: {} },
  'auth/invite': { zh: '生成一个人用的邀请码；不指定则一周内有效。', example: {} },
  'auth/listInvitations': { zh: '列出未使用的邀请（不含邀请码）。', example: {} },
  'auth/withdrawInvitation': { zh: '撤回一个邀请。', example: { invitationId: '0'.repeat(64) } },
  'auth/createPasswordReset': {
    zh: '生成重置码，账号主人可凭它设置一次密码；不指定则一天内有效。',
    example: USER,
    errors: ['NoSuchUser'],
  },
  'auth/listUsers': { zh: '分页列出账号。', example: {} },
  'auth/updateUser': { zh: '修改账号的角色与权限；不写的保持不变。', example: USER, errors: ['NoSuchUser'] },
  'bucket/listBuckets': { zh: '列出存储桶；存储的密钥无权列桶时没有日期。', example: {} },
  'bucket/bucketExists': { zh: '存储桶是否存在。', example: BUCKET },
  'bucket/makeBucket': {
    zh: '新建存储桶；不指定则为 private。',
    example: { bucketName: 'more' },
    errors: ['BucketAlreadyExists'],
  },
  'bucket/removeBucket': { zh: '删除空的存储桶。', example: { bucketName: 'none' }, errors: ['BucketNotEmpty'] },
  'bucket/getBucketCors': { zh: '查看其他来源可以做什么。', example: BUCKET },
  'bucket/setBucketCors': {
    zh: '设置其他来源可以做什么。',
    example: { ...BUCKET, rules: [{ allowedOrigins: ['*'], allowedMethods: ['PUT'] }] },
  },
  'bucket/getHotlinkRule': { zh: '查看防盗链规则；null 表示任何页面都可显示。', example: BUCKET },
  'bucket/setHotlinkRule': {
    zh: '设置防盗链：除图床自身外，哪些来源的页面可以显示公开桶的图片；emptyReferer 为 false 时不允许空 Referer；其余返回 403，refusal 为 picture 时返回一张小图。',
    example: { ...BUCKET, referers: ['example.com', '*.example.com', 'servicewechat.com/wx0123456789abcdef'] },
  },
  'bucket/removeHotlinkRule': { zh: '取消防盗链规则。', example: BUCKET },
  'bucket/getUploadRule': { zh: '查看上传规则；null 表示图片原样保存。', example: BUCKET },
  'bucket/setUploadRule': {
    zh: '设置上传规则，对之后上传的图片生效：maxSide 限最长边，format 转换格式，quality 设质量，watermark 加文字或图片水印；keepOriginal 为 true 时在旁边另存原图。',
    example: { ...BUCKET, maxSide: 2560, format: 'webp', watermark: { picture: PNG, position: 'bottom-right' } },
    errors: ['NotImplemented', 'InvalidImage'],
  },
  'bucket/removeUploadRule': { zh: '取消上传规则，图片重新原样保存。', example: BUCKET },
  'bucket/testBucket': { zh: '检查存储桶：哪些可用，不可用的怎么改。', example: BUCKET },
  'bucket/reconcile': {
    zh: '逐段核对存储中的图片与各账号的用量，以及图片记录：records 是缺少的和已没有图片的条数。',
    example: {},
  },
  'object/putObject': {
    zh: '保存一张图片；width、height 是浏览器显示的尺寸，frames 是帧数。',
    example: { ...PLACE, base64: PNG },
    errors: ['InvalidImage', 'QuotaExceeded', 'ObjectExists'],
  },
  'object/listObjects': {
    zh: '列出图片：按页（pageNum 为 -1 表示全部）或按 continuationToken（以 "" 开始）；每项为 { name, size, etag, lastModified, url }，可读的图片另有已知的 width、height、frames 和占位图（facts 为 false 时没有），非 recursive 时还有 { prefix }。',
    example: BUCKET,
  },
  'object/statObject': { zh: '查看一张图片的信息。', example: PLACE },
  'object/getObject': { zh: '取 4 MB 以内的图片；用 GET 则直接返回图片内容。', example: PLACE },
  'object/presignedGetObject': { zh: '生成人人可看的地址，在 expiry 秒内有效，至多 7 天。', example: PLACE },
  'object/presignedPutObject': {
    zh: '开始一次绕过服务的 PUT 直传。',
    example: ANNOUNCED,
    errors: ['QuotaExceeded', 'ObjectExists'],
  },
  'object/presignedPostPolicy': {
    zh: '开始一次绕过服务的表单直传，即 wx.uploadFile 的方式：先各字段，最后是 file；仅限 S3 存储。',
    example: ANNOUNCED,
    errors: ['QuotaExceeded', 'ObjectExists'],
  },
  'object/commitObject': {
    zh: '完成直传；在此之前图片不算存在。',
    example: UPLOAD,
    errors: ['InvalidImage', 'QuotaExceeded', 'ObjectExists'],
  },
  'object/createMultipartUpload': {
    zh: '开始一次分片上传。',
    example: ANNOUNCED,
    errors: ['QuotaExceeded', 'ObjectExists'],
  },
  'object/presignedUploadPart': { zh: '生成一个分片的上传地址。', example: { ...UPLOAD, partNumber: 1 } },
  'object/listParts': { zh: '列出已上传的分片。', example: UPLOAD },
  'object/listMultipartUploads': {
    zh: '列出自己尚未结束的直传；kind 为 parts（分片）或 whole（一次 PUT 或表单）。',
    example: BUCKET,
  },
  'object/completeMultipartUpload': {
    zh: '完成分片上传；在此之前图片不算存在。',
    example: { ...UPLOAD, parts: [{ partNumber: 1, etag: 'x' }] },
    errors: ['InvalidImage', 'QuotaExceeded', 'ObjectExists'],
  },
  'object/abortMultipartUpload': { zh: '放弃一次上传。', example: UPLOAD },
  'object/copyObject': {
    zh: '复制一张图片。',
    example: { ...PLACE, toObjectName: 'n.png' },
    errors: ['QuotaExceeded', 'ObjectExists'],
  },
  'object/moveObject': {
    zh: '移动或重命名一张图片。',
    example: { ...PLACE, toObjectName: 'n.png' },
    errors: ['QuotaExceeded', 'ObjectExists'],
  },
  'object/removeObjects': {
    zh: '删除至多 1000 张图片，各自有结果。',
    example: { ...BUCKET, objectNames: ['m.png'] },
  },
  'object/removeObject': { zh: '删除一张图片。', example: PLACE },
  'image/search': {
    zh: '在一个或所有存储桶里搜索调用者可列出的图片；第一页带 total，isExact 为 false 时是估计值；有 continuationToken 就还有下一页。width、height、frames、thumbhash 只随可读的图片返回。',
    example: { text: 'cat', tags: ['pets'], ...ALBUM, ...BUCKET, prefix: 'm', minWidth: 100, order: 'name' },
    errors: ['NoSuchBucket', 'NoSuchKey', 'NotImplemented'],
  },
  'image/random': {
    zh: '从开启了 random 的相册里随机取一张自己可读的图片；GET <mount>/r/<albumId> 让任何人跳转到其中一张公开存储桶里的图片，每次不同。',
    example: ALBUM,
    errors: ['NoSuchKey', 'AccessDenied', 'NotImplemented'],
  },
  'image/statistics': {
    zh: '按天和类型统计自己可列出的图片的张数与字节数；管理员统计全部，并按所有者和存储桶分列。from、to 只限定按天的部分，默认为最近一年；回收站里的不计。',
    example: { ...BUCKET, from: '2026-01-01' },
    errors: ['NoSuchBucket', 'NotImplemented'],
  },
  'image/usage': { zh: '列出各账号占用的张数与字节数，含回收站；每页内按字节数从多到少。', example: { pageSize: 20 } },
  'image/getImage': {
    zh: '按 imageId、存储桶和对象名、链接（link）或 sha256 之一查看一张图片的记录；字节相同的有多张时是最新的一张。',
    example: IMAGE,
    errors: ['NoSuchKey', 'NoSuchBucket', 'NotImplemented'],
  },
  'image/updateImage': {
    zh: '按 imageId，或按存储桶和对象名修改一张图片的标题、描述、标签和到期删除的时间；不写的保持不变。只能修改可以覆盖的图片。',
    example: { ...IMAGE, title: '小猫', description: '在花园里', tags: ['猫'], expiresAt: '2099-12-31' },
    errors: ['NoSuchKey', 'NoSuchBucket', 'NotImplemented'],
  },
  'image/tagImages': {
    zh: '给至多 1000 张图片添加和移除标签，各自有结果。',
    example: { imageIds: [IMAGE.imageId], addTags: ['猫'], removeTags: ['狗'] },
    errors: ['NotImplemented'],
  },
  'image/download': {
    zh: '取得一个 zip 的下载地址：至多 1000 张图片，或一个相册的图片，共至多 10 GB、10000 张；一刻钟内用 HTTP 下载。',
    example: { imageIds: [IMAGE.imageId] },
    errors: ['NoSuchKey', 'EntityTooLarge', 'NotImplemented'],
  },
  'image/listTrash': {
    zh: '列出回收站里的图片：自己的；管理员看到所有人的。',
    example: { ...BUCKET, pageSize: 20 },
    errors: ['NoSuchBucket', 'NotImplemented'],
  },
  'image/restore': {
    zh: '把图片从回收站恢复到原来的位置，或另一个名字。',
    example: { imageId: `01${'0'.repeat(24)}`, toObjectName: 'cat-1.png' },
    errors: ['NoSuchKey', 'NoSuchBucket', 'ObjectExists', 'NotImplemented'],
  },
  'image/replace': {
    zh: '把自己的一张图片（管理员可以是任何人的）换成另一张：地址、所有者、相册、标题和标签不变，原来的在回收站保留天数内是旧版本。',
    example: { imageId: `01${'0'.repeat(24)}`, base64: PNG },
    errors: ['NoSuchKey', 'InvalidImage', 'UnsupportedMediaType', 'EntityTooLarge', 'QuotaExceeded', 'NotImplemented'],
  },
  'image/listVersions': {
    zh: '列出自己的一张图片（管理员可以是任何人的）的旧版本，新的在前。',
    example: { imageId: `01${'0'.repeat(24)}` },
    errors: ['NoSuchKey', 'NotImplemented'],
  },
  'image/rollBack': {
    zh: '把图片换回旧版本；现在的成为旧版本。',
    example: { imageId: `01${'0'.repeat(24)}`, versionId: `01${'1'.repeat(24)}` },
    errors: ['NoSuchKey', 'NotImplemented'],
  },
  'image/purge': {
    zh: '彻底删除回收站里的图片。',
    example: { imageIds: [`01${'0'.repeat(24)}`] },
    errors: ['NotImplemented'],
  },
  'image/emptyTrash': {
    zh: '彻底删除回收站里自己的图片，一次至多 500 张；重复直到 isEmpty。',
    example: {},
    errors: ['NotImplemented'],
  },
  'album/createAlbum': {
    zh: '新建相册；parentId 指定时放在那个相册里。至多嵌套 8 层，每个账号至多 500 个。',
    example: { name: '旅行', description: '夏天', parentId: ALBUM.albumId },
    errors: ['NoSuchKey', 'AccessDenied', 'NotImplemented'],
  },
  'album/updateAlbum': {
    zh: '修改相册的名字、描述、封面、所在的相册和顺序；不写的保持不变。',
    example: { ...ALBUM, name: '旅行', description: '夏天', coverId: IMAGE.imageId, parentId: '' },
    errors: ['NoSuchKey', 'AccessDenied', 'NotImplemented'],
  },
  'album/removeAlbum': {
    zh: '删除相册，不删除图片；里面的相册移到上一层。相册立即不再可见，重复直到 finished。',
    example: ALBUM,
    errors: ['NoSuchKey', 'AccessDenied', 'NotImplemented'],
  },
  'album/listAlbums': {
    zh: '列出相册：共享图床为所有人的，私有图床为自己的，管理员为全部；有 continuationToken 就还有下一页。',
    example: { pageSize: 20 },
    errors: ['NotImplemented'],
  },
  'album/getAlbum': {
    zh: '查看一个相册；其中的图片用 image/search 加 albumId 查找。',
    example: ALBUM,
    errors: ['NoSuchKey', 'NotImplemented'],
  },
  'album/addImages': {
    zh: '把至多 1000 张图片放进相册，各自有结果；图片的地址和所在的其他相册不变。',
    example: { ...ALBUM, imageIds: [IMAGE.imageId] },
    errors: ['NoSuchKey', 'AccessDenied', 'NotImplemented'],
  },
  'album/removeImages': {
    zh: '把至多 1000 张图片从相册里拿出，不删除图片。',
    example: { ...ALBUM, imageIds: [IMAGE.imageId] },
    errors: ['NoSuchKey', 'AccessDenied', 'NotImplemented'],
  },
  'album/reorder': {
    zh: '把相册里至多 1000 张图片按给出的次序排到 beforeId 之前，没有 beforeId 时排到最后；此后相册按手动顺序（manual）显示，至多排前 10000 张。',
    example: { ...ALBUM, imageIds: [IMAGE.imageId], beforeId: `01${'1'.repeat(24)}` },
    errors: ['NoSuchKey', 'AccessDenied', 'NotImplemented'],
  },
  'album/share': {
    zh: '把相册分享给没有账号的人：知道 url 的人都能看，私有桶里的图片也在内，直到 album/unshare 或到期。url 只显示这一次；password 为访问密码；download 为 true 时可下载原图。只能分享自己的相册。',
    example: { ...ALBUM, expiresIn: 604_800, password: 'sunset 2026', download: true },
    errors: ['NoSuchKey', 'AccessDenied', 'NotImplemented'],
  },
  'image/share': {
    zh: '同样地分享一张图片。',
    example: { ...IMAGE, expiresIn: 604_800 },
    errors: ['NoSuchKey', 'NotImplemented'],
  },
  'album/listShares': { zh: '列出自己分享的相册和图片，不含地址。', example: {}, errors: ['NotImplemented'] },
  'album/unshare': {
    zh: '立即撤回一个分享，无论相册还是图片。',
    example: { shareId: '0'.repeat(16) },
    errors: ['NotImplemented'],
  },
  'image/variantUrl': {
    zh: '取得图片另一种尺寸或格式的地址；参数或图片并非人人可用时，地址带签名，在 expiry 秒内有效。',
    example: { ...PLACE, parameters: { w: 400, h: 300, fit: 'cover' } },
    errors: ['NoSuchKey', 'NoSuchBucket'],
  },
  'image/getPresets': { zh: '列出地址里 p 可以写的预设。', example: {} },
  'image/setPresets': {
    zh: '设置预设，替换之前设置的；内置的预设始终都在。',
    example: { presets: { avatar: { w: 96, h: 96, fit: 'cover' } } },
  },
  'image/purgeVariants': {
    zh: '删除由一张图片生成的各种尺寸和格式；再有人要时会重新生成。',
    example: PLACE,
    errors: ['NoSuchKey', 'NoSuchBucket'],
  },
  'policy/getBucketPolicy': { zh: '查看谁可以读存储桶。', example: BUCKET },
  'policy/setBucketPolicy': {
    zh: '设置谁可以读存储桶：private、public-read 或策略文档。',
    example: { ...BUCKET, policy: 'public-read' },
  },
  'policy/removeBucketPolicy': { zh: '移除策略。', example: BUCKET },
  'notification/getBucketNotification': { zh: '查看存储把变化通知给谁。', example: BUCKET },
  'notification/setBucketNotification': {
    zh: '设置存储把变化通知给谁。',
    example: { ...BUCKET, configuration: {} },
  },
  'notification/removeAllBucketNotification': { zh: '让存储不再通知任何人。', example: BUCKET },
  'client/lastRequest': {
    zh: '告诉上传客户端用某个 token 发来的最后一个请求、服务怎样理解它、哪里不对；此后十分钟内的请求都会记下。',
    example: { tokenId: '0'.repeat(16) },
  },
  'client/config': { zh: '为一个上传客户端生成配置，附带只能上传的 token。', example: { client: 'curl' } },
};
