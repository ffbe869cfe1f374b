import type { Failure } from "../transfers/failure.ts";
import type { Format } from "./format.ts";

export function explainInChinese({ code, facts }: Failure, format: Format): string {
  const bytes = (fact: string): string => format.bytes(Number(facts[fact] ?? 0));
  switch (code) {
    case "fields-empty":
      return "请先填写所有字段。";
    case "sign-in-failed":
      return "用户名或密码不正确。";
    case "totp-required":
      return "验证码无效或已使用过，请输入下一个。";
    case "too-many-attempts":
      return `尝试次数过多，请在 ${format.duration(Number(facts["retryAfterSeconds"] ?? 60))}后重试。`;
    case "account-disabled":
      return "此账户已停用，请联系服务器管理员。";
    case "account-name-taken":
      return "此用户名已被使用，请换一个。";
    case "account-name-refused":
      return "用户名为 2 到 64 个字母、数字或 . _ @ + -";
    case "password-refused":
      return "密码太短或太长。";
    case "link-invalid":
      return "此链接已使用、已过期或不完整，请索取新的链接。";
    case "signup-closed":
      return "此处需要邀请才能注册。";
    case "identity-taken":
      return "该第三方账户已绑定到其他用户。";
    case "provider-failed":
    case "provider-unavailable":
    case "oauth-state-invalid":
      return "第三方登录未成功，请重试。";
    case "session-over":
      return "你已退出登录，请重新登录后继续。";
    case "cross-site":
      return "浏览器认为此请求来自其他网站，请刷新页面。";
    case "forbidden":
      return "你的账户没有此权限。";
    case "name-taken":
      return "此处已有同名的项目。";
    case "name-refused":
      return "并非所有系统都允许这个名称，请换一个。";
    case "file-too-large":
      return `服务器只接受不超过 ${bytes("limitBytes")} 的文件。`;
    case "archive-too-large":
      return "内容过多，无法打包为一个压缩包，请分次选择。";
    case "quota-exceeded":
      return `超出了 ${bytes("quotaBytes")} 的配额，请先删除一些文件。`;
    case "disk-full":
      return "服务器磁盘已满。";
    case "too-many-uploads":
      return "未完成的上传太多，请先完成或取消一些。";
    case "writes-stopped":
      return "服务器暂时不接收文件。";
    case "parent-gone":
      return "目标文件夹已不存在，请添加到其他文件夹。";
    case "folder-into-itself":
      return "文件夹不能放进它自己。";
    case "too-deep":
      return "文件夹层级过深。";
    case "upload-aborted":
    case "upload-expired":
    case "upload-failed":
    case "upload-not-found":
      return "服务器已不再保留这次上传，重试将重新开始。";
    case "digest-mismatch":
      return "收到的内容与文件不一致，因此没有存储。请重试。";
    case "source-changed":
      return "文件在发送过程中被修改，请重新添加。";
    case "unreadable":
      return "浏览器无法读取此文件，请重新添加。";
    case "file-not-found":
    case "node-not-found":
    case "not-a-folder":
    case "node-trashed":
      return "它已不存在。";
    case "unauthenticated":
      return "请重新登录后继续。";
    case "connection-lost":
      return "无法连接服务器。请检查网络后重试。";
    default:
      return `发生意外情况（${code}），请重试。`;
  }
}
