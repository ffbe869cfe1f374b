import type { Failure } from "../transfers/failure.ts";
import type { Dictionary } from "./english.ts";
import type { Format } from "./format.ts";

export const chinese: Dictionary = {
  otherLanguage: "English",
  switchLanguage: "Switch to English",
  signIn: {
    lead: "你的文件，在你自己的服务器上。",
    token: "所有者令牌",
    show: "显示",
    hide: "隐藏",
    help: "在服务器上查看：",
    keep: "在此设备上保持登录",
    submit: "登录",
    wrong: "服务器不接受这个令牌。",
    empty: "请先输入令牌。",
    refused: "你的令牌已失效。",
    docs: "API 文档",
  },
  top: {
    search: "名称开头是…",
    searchLabel: "按名称开头查找文件",
    clearSearch: "清除查找",
    upload: "上传",
    signOut: "退出登录",
  },
  usage: {
    used: (used) => `已用 ${used}`,
    usedOf: (used, quota) => `已用 ${used}，共 ${quota}`,
    label: "已用空间",
  },
  files: {
    title: "文件",
    name: "名称",
    size: "大小",
    modified: "修改时间",
    actions: "操作",
    loading: "正在加载…",
    download: (name) => `下载 ${name}`,
    delete: (name) => `删除 ${name}`,
    confirmDelete: (name) => `永久删除“${name}”？`,
    confirm: "删除",
    keep: "保留",
    deleted: (name) => `已删除 ${name}`,
    deleteFailed: (name, reason) => `“${name}”未能删除。${reason}`,
    downloadFailed: (name, reason) => `“${name}”无法下载。${reason}`,
    listFailed: (reason) => `无法加载列表。${reason}`,
    tryAgain: "重试",
    emptyTitle: "把第一批文件拖到这里",
    emptyText: "大文件也没问题：断线或刷新页面后可以继续上传。",
    choose: "选择文件",
    noMatch: (prefix) => `没有以“${prefix}”开头的文件。`,
    dropHere: "松开即可上传",
    noFolders: "暂不支持上传文件夹。请打开文件夹，拖入其中的文件。",
    dismiss: "关闭",
  },
  dock: {
    title: "传输",
    uploading: (done, count) => `正在上传 · 已完成 ${done}/${count}`,
    paused: (count) => `${count} 个文件已暂停`,
    failed: (count) => `${count} 个文件失败`,
    finished: (count) => `${count} 个文件已存储`,
    nothing: "没有传输",
    afterSignIn: "登录后继续上传",
    unfinished: (count) => `${count} 个未完成的上传`,
    reconnecting: "连接已断开，正在重试…",
    ofTotal: (percent, size) => `${size} 的 ${percent}`,
    left: (time) => `剩余 ${time}`,
    ofSize: (moved, size) => `${moved} / ${size}`,
    collapse: "收起",
    expand: "展开",
    pauseAll: "全部暂停",
    resumeAll: "全部继续",
    cancelAll: "全部取消",
    retryFailed: "重试失败项",
    clear: "清除已完成",
    confirmCancelAll: (count) => `取消 ${count} 个上传并丢弃已传部分？`,
    keepGoing: "继续上传",
    pause: (name) => `暂停 ${name}`,
    resume: (name) => `继续 ${name}`,
    cancel: (name) => `取消 ${name}`,
    retry: (name) => `重试 ${name}`,
    keepBoth: "保留两者",
    keepAll: "全部保留两者",
    replace: "替换",
    replaceAll: "全部替换",
    waiting: "等待中",
    checking: "正在检查",
    verifying: "正在校验",
    isPaused: "已暂停",
    isCancelled: "已取消",
    stored: "已存储并通过校验",
    continued: (bytes) => `已存储并通过校验，其中 ${bytes} 此前已上传`,
    instant: "服务器已有此文件，无需上传",
    instantRest: "服务器已有此文件，其余部分无需上传",
    addAgain: (percent) => `服务器上已有 ${percent}。重新添加此文件即可继续。`,
    discard: (name) => `丢弃 ${name}`,
    discardFailed: (name, reason) => `“${name}”未能丢弃。${reason}`,
  },
  spoken: {
    started: (count) => `正在上传 ${count} 个文件`,
    stored: (name) => `${name} 已存储`,
    storedMany: (count) => `${count} 个文件已存储`,
    failed: (name, reason) => `${name} 失败。${reason}`,
    failedMany: (count) => `${count} 个文件失败`,
    allDone: "全部上传已完成",
    reconnecting: "连接已断开，正在重试。",
  },
  explain: explainInChinese,
};

function explainInChinese({ code, facts }: Failure, format: Format): string {
  const bytes = (fact: string): string => format.bytes(Number(facts[fact] ?? 0));
  switch (code) {
    case "name-taken":
      return "已有同名的其他文件。";
    case "name-refused":
      return "并非所有系统都允许这个名称。请重命名后再添加。";
    case "file-too-large":
      return `服务器只接受不超过 ${bytes("limitBytes")} 的文件。`;
    case "quota-exceeded":
      return `超出了 ${bytes("quotaBytes")} 的配额，请先删除一些文件。`;
    case "disk-full":
      return "服务器磁盘已满。";
    case "too-many-uploads":
      return "未完成的上传太多，请先完成或取消一些。";
    case "writes-stopped":
      return "服务器暂时不接收文件。";
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
      return "服务器上已没有此文件。";
    case "unauthenticated":
      return "请重新登录后继续。";
    case "connection-lost":
      return "无法连接服务器。请检查网络后重试。";
    default:
      return `发生意外情况（${code}），请重试。`;
  }
}
