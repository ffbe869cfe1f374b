export { createClient, type Client } from "./client.ts";
export type { Call, CallOptions, CallRequest, Connection } from "./call.ts";
export type { Clock } from "./clock.ts";
export type { ArchiveAddress, ArchiveSelection } from "./client/archives.ts";
export type { ContentInfo, GetContent } from "./client/content.ts";
export type { ListFetches } from "./client/fetches.ts";
export type { BatchResult, GetPreview, ListFiles, PutBatch, PutFile } from "./client/files.ts";
export type { SignInInput } from "./client/accounts.ts";
export type { NewPerson } from "./client/browser-session.ts";
export type { ListChildren, ListPage, Search } from "./client/drive.ts";
export type { ChangeUser, ListAudit } from "./client/people.ts";
export type { ListShares } from "./client/shares.ts";
export type {
  AppendUpload,
  ListUploads,
  PutPart,
  UploadOffset,
  UploadOutcome,
  UploadStates,
} from "./client/uploads.ts";
export type { CreateHasher, Hasher } from "./digest.ts";
export {
  downloadArchive,
  downloadFile,
  downloadLinkArchive,
  downloadLinkFile,
  downloadVersion,
  type DownloadOptions,
  type DownloadResult,
  type LinkDownloadOptions,
} from "./download/download.ts";
export type { DownloadProgress } from "./download/progress.ts";
export type { DownloadSink, HeldContent } from "./download/sink.ts";
export { hasCode, isRetryable, SampanError, type SampanErrorInit } from "./errors.ts";
export type { FollowEvents } from "./events/follow.ts";
export { createLink, type Link, type LinkOptions } from "./link.ts";
export {
  createRetryBudget,
  withRetry,
  type RetryBudget,
  type RetryEvent,
  type RetryOptions,
} from "./retry.ts";
export {
  createSession,
  toSessionTokens,
  type Session,
  type SessionOptions,
  type SessionTokens,
} from "./session.ts";
export { blobSource, type BlobSourceOptions, type ByteRange, type UploadSource } from "./source.ts";
export {
  createFetchTransport,
  type BodyChunks,
  type RequestBody,
  type Transport,
  type TransportRequest,
} from "./transport.ts";
export { encodeBatch, type BatchEntry } from "./upload/batch-body.ts";
export {
  createUploader,
  type Uploader,
  type UploaderOptions,
  type UploadOptions,
  type UploadResult,
} from "./upload/uploader.ts";
export type { InstantMode } from "./upload/instant.ts";
export type { LinkSelection } from "./visit/link-content.ts";
export { parseShareLink, type ShareLink } from "./visit/share-link.ts";
export {
  createVisitor,
  type ListLinkChildren,
  type Visitor,
  type VisitorKeys,
  type VisitorOptions,
} from "./visit/visitor.ts";
export type { BringFile, CreateLinkUpload } from "./visit/link-uploads.ts";
export { uploadToLink, type UploadedToLink, type UploadToLink } from "./visit/upload-to-link.ts";
export type { UploadPhase, UploadProgress } from "./upload/tally.ts";
export type * from "./wire.ts";
