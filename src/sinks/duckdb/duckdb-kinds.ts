/** DuckDB files and folders of Parquet files as kinds of destinations; loaded when opened. */
import { SluiceError } from '../../base/errors.ts';
import type { BlobStore } from '../blob-store.ts';
import type { SinkKind } from '../delivery-sink.ts';
import { duckdbPlace, parquetPlace } from './duckdb-place.ts';

export interface DuckdbKindParts {
  /** What relative paths start from. */
  readonly cwd: string;
  /** Storage at `s3://BUCKET/PREFIX`. Rejects with `files.*`. */
  readonly openS3: (to: string) => Promise<BlobStore>;
}

export function duckdbKinds({ cwd, openS3 }: DuckdbKindParts): readonly SinkKind[] {
  let files: Promise<import('./duckdb-sink.ts').DuckdbFiles> | undefined;
  let ahead: import('./parquet-sink.ts').AheadRoom | undefined;
  return [
    {
      schemes: ['duckdb:'],
      example: 'duckdb:records.duckdb#contacts',
      local: true,
      keyed: true,
      check: (address) => duckdbPlace(address, cwd),
      async open(address) {
        const { DuckdbFiles, DuckdbSink } = await import('./duckdb-sink.ts');
        files ??= Promise.resolve(new DuckdbFiles());
        return new DuckdbSink(duckdbPlace(address, cwd), await files);
      },
    },
    {
      schemes: ['parquet:'],
      example: 'parquet:records/',
      local: true,
      keyed: false,
      check: (address) => parquetPlace(address, cwd),
      async open(address) {
        const { AheadRoom, ParquetSink } = await import('./parquet-sink.ts');
        ahead ??= new AheadRoom();
        return new ParquetSink(parquetPlace(address, cwd), ahead);
      },
    },
    {
      schemes: ['parquet:s3:'],
      example: 'parquet:s3://bucket/records',
      local: false,
      keyed: false,
      check: (address) => parquetPlace(address, cwd),
      async open(address) {
        const { AheadRoom, ParquetSink } = await import('./parquet-sink.ts');
        const place = parquetPlace(address, cwd);
        ahead ??= new AheadRoom();
        return new ParquetSink(place, ahead, () =>
          openBlobs(place.place, () => openS3(place.path)),
        );
      },
    },
  ];
}

async function openBlobs(place: string, open: () => Promise<BlobStore>): Promise<BlobStore> {
  const told = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw sinkError(error, place);
    }
  };
  const blobs = await told(open);
  return {
    place: blobs.place,
    find: (stem) => told(() => blobs.find(stem)),
    write: (blob) => told(() => blobs.write(blob)),
    read: (path) => told(() => blobs.read(path)),
  };
}

/** What storage for files says, in the words of destinations. */
function sinkError(error: unknown, place: string): unknown {
  if (!(error instanceof SluiceError)) return error;
  const detail = String(error.params.detail ?? error.message);
  const options = { cause: error };
  switch (error.code) {
    case 'files.full':
      return new SluiceError('sink.full', { place }, options);
    case 'files.place_invalid':
      return new SluiceError('sink.credentials', { place, detail }, options);
    case 'files.refused':
      return new SluiceError('sink.refused', { place, detail }, options);
    default:
      return new SluiceError('sink.unavailable', { place, detail }, options);
  }
}
