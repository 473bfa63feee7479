/** The part of the settings that says where files are kept which collectors bring. */
import { z } from 'zod';
import { count, httpUrl, type Setting, setting, someText, text } from './setting-kinds.ts';

export const FILES_SETTINGS = {
  filesDirectory: setting(
    text,
    '',
    'path, empty = `files` in the data directory',
    ['SLUICE_FILES_DIR'],
    'Directory for the files that collectors keep; several nodes need one that they share.',
  ),
  filesTo: setting(
    z.union([
      z.literal(''),
      z.string().regex(/^s3:\/\/[^/]+(\/.*)?$/, 'not an address such as s3://bucket/prefix'),
    ]),
    '',
    's3://bucket or s3://bucket/prefix, empty = the directory',
    ['SLUICE_FILES_TO'],
    'S3-compatible storage for these files, instead of the directory.',
  ),
  filesEndpoint: setting(
    z.union([z.literal(''), httpUrl]),
    '',
    'URL, empty = that of AWS for the region',
    ['SLUICE_FILES_ENDPOINT', 'AWS_ENDPOINT_URL_S3'],
    'Address of the S3-compatible storage.',
  ),
  filesRegion: setting(
    someText,
    'us-east-1',
    'name',
    ['SLUICE_FILES_REGION', 'AWS_REGION'],
    'Region of the bucket.',
  ),
  filesKeyId: setting(
    text,
    '',
    'text',
    ['SLUICE_FILES_KEY_ID', 'AWS_ACCESS_KEY_ID'],
    'Id of the key for the storage.',
  ),
  filesKeySecret: setting(
    text,
    '',
    'text',
    ['SLUICE_FILES_KEY_SECRET', 'AWS_SECRET_ACCESS_KEY'],
    'Secret of that key.',
    true,
  ),
  filesSessionToken: setting(
    text,
    '',
    'text',
    ['SLUICE_FILES_SESSION_TOKEN', 'AWS_SESSION_TOKEN'],
    'Token that belongs to a key which is valid for a while only.',
    true,
  ),
  filesAddressing: setting(
    z.enum(['auto', 'path', 'host']),
    'auto',
    'auto, path or host',
    ['SLUICE_FILES_ADDRESSING'],
    'Whether the bucket is named in the path or in the host; auto: path with filesEndpoint.',
  ),
  exportConnections: setting(
    count(1, 1_000),
    '20',
    'count',
    ['SLUICE_EXPORT_CONNECTIONS', 'DB_MAX_POOL_SIZE'],
    'Connections to a Postgres that records are sent to (--to) at most; four are of use.',
  ),
} satisfies Record<string, Setting<unknown>>;
