/** What must hold between the tables after every command, as queries for what breaks it. */
import { DatabaseSync } from "node:sqlite";
import { nameKey } from "../../core/drive/name-key.ts";
import { maxVersions } from "../../core/drive/node.ts";

const uploadLaws: Record<string, string> = {
  "a blob's segments add up to its size": `
    select blobs.id from blobs left join segments on blob_id = blobs.id
    group by blobs.id having coalesce(sum(length), -1) <> size`,
  "live bytes are the sum of the segments": `
    select name from stored_files left join segments on stored = name
    group by name having live_bytes <> coalesce(sum(segments.length), 0)`,
  "segments lie inside their stored file": `
    select blob_id from segments join stored_files on name = stored
    where segments.offset + segments.length > stored_files.length`,
  "nothing lies in a file that is going away": `
    select blob_id from segments join stored_files on name = stored where tombstone_at is not null`,
  "a blob is orphaned exactly when nothing refers to it": `
    select id from blobs where (orphaned_at is null) <> (
      exists (select 1 from nodes where blob_id = blobs.id)
      or exists (select 1 from node_versions where blob_id = blobs.id)
      or exists (select 1 from uploads where blob_id = blobs.id and purpose = 'partial')
      or exists (select 1 from derived
        where derived_blob_id = blobs.id and derived.blob_id <> blobs.id))`,
  "what is derived is there, and so is what it is derived from": `
    select kind from derived where blob_id not in (select id from blobs)
    or (derived_blob_id is null) = (failure is null)
    or (derived_blob_id is not null and derived_blob_id not in (select id from blobs))`,
  "an open fetch is in a lane, an ended one in none": `
    select id from fetches where (lane is null) <> (state in ('complete', 'failed', 'cancelled'))
    or (ended_at is null) <> (lane is not null)`,
  "so many of one owner's fetches are admitted, and none waits without need": `
    select owner_id from fetches group by owner_id
    having sum(lane = 'admitted') > 2 or (sum(lane = 'waiting') > 0 and sum(lane = 'admitted') < 2)`,
  "received bytes are the sum of the ranges": `
    select id from uploads left join upload_ranges on upload_id = id
    where state in ('receiving', 'paused', 'completing')
    group by id having received_bytes <> coalesce(sum("end" - start), 0)`,
  "an open upload reserves its size, or what it holds": `
    select id from uploads where ended_at is null and reserved_bytes <> coalesce(size, received_bytes)`,
  "an ended upload has no ranges and no slot": `
    select id from uploads where ended_at is not null
    and (resume_slot is not null or expiry_hour is not null
      or exists (select 1 from upload_ranges where upload_id = id))`,
  "an upload's end is recorded once": `
    select id from uploads where ended_at is not null and 1 <> (
      select count(*) from events where subject_id = uploads.id
      and kind = case state when 'complete' then 'upload.completed' else 'upload.' || state end)`,
};

const treeLaws: Record<string, string> = {
  "a node lies in a folder of its drive": `
    select id from nodes where parent_id is not null and parent_id <> owner_id and not exists (
      select 1 from nodes parent where parent.id = nodes.parent_id
      and parent.is_file = 0 and parent.owner_id = nodes.owner_id)`,
  "what lies in no folder is the top of the trash, of a copy or of a deletion": `
    select id from nodes where parent_id is null and 1 <> (
      select count(*) from (
        select node_id from trash where node_id = nodes.id
        union all select tops.node_id from tree_job_tops tops join tree_jobs on tree_jobs.id = job_id
          where tops.node_id = nodes.id and state in ('waiting', 'running')
        union all select folder_id from tree_job_folders
          where folder_id = nodes.id and target_id is null))`,
  "what is in the trash lies in no folder": `
    select node_id from trash left join nodes on id = node_id
    where id is null or parent_id is not null or trash.owner_id <> nodes.owner_id`,
  "no folder lies in itself": `
    with recursive reached (id) as (
      select id from nodes where parent_id is null or parent_id = owner_id
      union select nodes.id from reached join nodes on parent_id = reached.id)
    select id from nodes where id not in (select id from reached)`,
  "no two in a folder have one name, and each is found by its own": `
    select id from nodes where name_key <> name_key_of(name) or exists (
      select 1 from nodes twin where twin.parent_id = nodes.parent_id
      and twin.name_key = nodes.name_key and twin.id <> nodes.id)`,
  "a folder is higher than what is in it, a file has no height": `
    select id from nodes where (is_file = 1) <> (height = 0)
    or exists (select 1 from nodes child where child.parent_id = nodes.id and child.height >= nodes.height)`,
  "a file has content, a folder has none": `
    select id from nodes where (is_file = 1) <> (blob_id is not null) or (is_file = 0 and size <> 0)
    or (is_file = 1 and size <> (select size from blobs where blobs.id = blob_id))`,
  "an earlier version is a file's, of its drive, numbered below it, and not one too many": `
    select node_id from node_versions left join nodes on id = node_id
    where coalesce(is_file, 0) = 0 or node_versions.owner_id <> nodes.owner_id or number >= nodes.version
    group by node_id union all
    select node_id from node_versions group by node_id having count(*) > ${maxVersions}`,
  "a job that is over reserves nothing, one that is done has nothing left to do": `
    select id from tree_jobs where (state not in ('waiting', 'running') and reserved_bytes <> 0)
    or (state = 'done' and exists (select 1 from tree_job_folders where job_id = id))`,
};

const eventLaws: Record<string, string> = {
  "every file in a root was told of": `
    select id from nodes where is_file = 1 and parent_id = owner_id
    and not exists (select 1 from events where subject_id = nodes.id)
    and not exists (
      select 1 from events where kind = 'upload.completed' and data ->> 'fileId' = nodes.id)`,
  "what was told to be deleted lies in no folder": `
    select id from nodes where parent_id is not null and exists (
      select 1 from events where subject_id = nodes.id and kind in ('file.removed', 'node.deleted'))`,
};

const shareLaws: Record<string, string> = {
  "what is shared is there, and its owner's": `
    select shares.id from shares left join nodes on nodes.id = node_id
    where nodes.id is null or nodes.owner_id <> shares.owner_id`,
  "no more is downloaded or received than was allowed": `
    select id from shares where downloads > max_downloads or received_bytes > max_bytes
    or downloads < 0 or received_bytes < 0`,
};

/** The laws that are broken. The observer's own connection sees what was committed. */
export function openObserver(file: string): Disposable & { brokenLaws(): string[] } {
  const database = new DatabaseSync(file, { readOnly: true });
  database.function("name_key_of", { deterministic: true }, (name) => nameKey(String(name)));
  const laws = { ...uploadLaws, ...treeLaws, ...eventLaws, ...shareLaws };
  const queries = Object.entries(laws).map(([law, query]) => ({
    law,
    query: database.prepare(query),
  }));
  return {
    brokenLaws: () => queries.filter(({ query }) => query.all().length > 0).map(({ law }) => law),
    [Symbol.dispose]: () => database.close(),
  };
}
