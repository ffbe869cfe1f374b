import type { Failure } from "../transfers/failure.ts";
import type { Format } from "./format.ts";

export function explainInTraditional({ code, facts }: Failure, format: Format): string {
  const bytes = (fact: string): string => format.bytes(Number(facts[fact] ?? 0));
  switch (code) {
    case "fields-empty":
      return "請先填寫所有欄位。";
    case "sign-in-failed":
      return "使用者名稱或密碼不正確。";
    case "totp-required":
      return "驗證碼無效或已使用過，請輸入下一個。";
    case "too-many-attempts":
      return `嘗試次數過多，請在 ${format.duration(Number(facts["retryAfterSeconds"] ?? 60))}後重試。`;
    case "account-disabled":
      return "此帳戶已停用，請聯絡伺服器管理員。";
    case "account-name-taken":
      return "此使用者名稱已被使用，請換一個。";
    case "account-name-refused":
      return "使用者名稱為 2 到 64 個字母、數字或 . _ @ + -";
    case "password-refused":
      return "密碼太短或太長。";
    case "link-invalid":
      return "此連結已使用、已過期或不完整，請索取新的連結。";
    case "signup-closed":
      return "此處需要邀請才能註冊。";
    case "identity-taken":
      return "該第三方帳戶已連結到其他使用者。";
    case "provider-failed":
    case "provider-unavailable":
    case "oauth-state-invalid":
      return "第三方登入未成功，請重試。";
    case "session-over":
      return "你已登出，請重新登入後繼續。";
    case "cross-site":
      return "瀏覽器認為此請求來自其他網站，請重新整理頁面。";
    case "forbidden":
      return "你的帳戶沒有此權限。";
    case "name-taken":
      return "此處已有同名的項目。";
    case "name-refused":
      return "並非所有系統都允許這個名稱，請換一個。";
    case "file-too-large":
      return `伺服器只接受不超過 ${bytes("limitBytes")} 的檔案。`;
    case "archive-too-large":
      return "內容過多，無法打包為一個壓縮檔，請分次選擇。";
    case "quota-exceeded":
      return `超出了 ${bytes("quotaBytes")} 的配額，請先刪除一些檔案。`;
    case "disk-full":
      return "伺服器磁碟已滿。";
    case "too-many-uploads":
      return "未完成的上傳太多，請先完成或取消一些。";
    case "writes-stopped":
      return "伺服器暂時不接收檔案。";
    case "parent-gone":
      return "目標資料夾已不存在，請加入其他資料夾。";
    case "folder-into-itself":
      return "資料夾不能放進它自己。";
    case "too-deep":
      return "資料夾層級過深。";
    case "upload-aborted":
    case "upload-expired":
    case "upload-failed":
    case "upload-not-found":
      return "伺服器已不再保留這次上傳，重試將重新開始。";
    case "digest-mismatch":
      return "收到的內容與檔案不一致，因此沒有儲存。請重試。";
    case "source-changed":
      return "檔案在發送過程中被修改，請重新加入。";
    case "unreadable":
      return "瀏覽器無法讀取此檔案，請重新加入。";
    case "file-not-found":
    case "node-not-found":
    case "not-a-folder":
    case "node-trashed":
      return "它已不存在。";
    case "unauthenticated":
      return "請重新登入後繼續。";
    case "connection-lost":
      return "無法連接伺服器。請檢查網路後重試。";
    default:
      return `發生意外情況（${code}），請重試。`;
  }
}
