/** The endpoint of models together with files to ask it about, for those who try it by hand. */
import { startMedia } from '../media/start-media.ts';
import { tryLines } from '../try-lines.ts';
import { startOpenAi } from './start-openai.ts';

export interface ModelsOptions {
  readonly port?: number;
  readonly seed?: number;
  /** Recordings, scenes and texts. */
  readonly count?: number;
  readonly directory: string;
}

export interface Models {
  readonly port: number;
  readonly url: string;
  readonly seed: number;
  /** Where every third file is served. */
  readonly filesUrl: string;
  readonly files: number;
  readonly csvFile: string;
  readonly truthFile: string;
  close(): Promise<void>;
}

/** The endpoint listens on the port asked for, the files on any that is free. */
export async function startModels(options: ModelsOptions): Promise<Models> {
  const { port = 0, seed = 1, count = 10, directory } = options;
  // First what may be refused: files for a port that is taken would be of no use.
  const endpoint = await startOpenAi({ port, seed });
  const media = await startMedia({ seed, count, directory }).catch(async (error: unknown) => {
    await endpoint.close();
    throw error;
  });
  const { csvFile, truthFile } = media;
  return {
    ...{ port: endpoint.port, url: endpoint.url, seed },
    ...{ filesUrl: media.url, files: media.rows.length, csvFile, truthFile },
    async close() {
      await Promise.all([endpoint.close(), media.close()]);
    },
  };
}

/** What to tell a person who started it. */
export function describeModels({ url, seed, filesUrl, files, csvFile, truthFile }: Models): string {
  const host = new URL(filesUrl).host;
  const lines = [
    `an OpenAI-compatible endpoint at ${url}/v1, which answers and understands nothing`,
    `what it saw: ${url}/__stats; what to do to it: POST ${url}/__control`,
    `${files} files (seed ${seed}), some of them broken: ${csvFile}`,
    `the truth: ${truthFile}`,
    ...tryLines({ SLUICE_LLM_BASE_URL: `${url}/v1` }, [
      ...['run', 'media', csvFile, '--allow-host', host, '-o', 'found.jsonl'],
    ]),
  ];
  return `${lines.join('\n')}\n`;
}
