/**
 * The stand-ins that can be started by hand, in one table: what each takes and how it starts. The
 * sandbox itself is loaded when one of them is started.
 */

/** What a stand-in is asked for; `directory` is where its files go, '' for one that has none. */
export interface StandInWish {
  readonly port: number;
  readonly seed: number;
  readonly directory: string;
  /** The number of an option by its name, such as `list-size`; undefined where it was not given. */
  number(name: string): number | undefined;
  text(name: string): string | undefined;
  /** Of a path that the user gave. */
  path(name: string): string | undefined;
}

export interface StartedStandIn {
  /** What --json prints. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** How to point Sluice at it, for people. */
  readonly text: string;
  close(): Promise<void>;
}

export interface StandInKind {
  readonly kind: string;
  readonly description: string;
  /** What the same seed gives again; undefined = nothing of it comes from a seed. */
  readonly seeded?: string;
  /** The files it writes; undefined = none. */
  readonly files?: string;
  /** Further options: flags, then what they mean. */
  readonly options?: readonly (readonly [flags: string, description: string])[];
  start(wish: StandInWish): Promise<StartedStandIn>;
}

export const STAND_INS: readonly StandInKind[] = [
  {
    kind: 'sites',
    description: 'hundreds of invented websites',
    seeded: 'the same sites',
    files: 'websites.csv and truth.jsonl',
    options: [['--count <count>', 'number of sites (default: 300)']],
    async start({ port, seed, directory, number }) {
      const { describeSites, startSites } = await import('../../sandbox/sites/start-sites.ts');
      const count = number('count') ?? 300;
      const sites = await startSites({ port, seed, directory, count });
      const { csvFile, truthFile, resolveRules } = sites;
      return {
        facts: { port: sites.port, count, seed, csvFile, truthFile, resolveRules },
        text: describeSites(sites),
        close: () => sites.close(),
      };
    },
  },
  {
    kind: 'x',
    description: 'the API of X, with its limits: accounts, and lists of leads',
    seeded: 'the same users',
    files: 'accounts.csv, lead-lists.csv and truth.jsonl',
    options: [
      ['--accounts <count>', 'accounts (default: 6)'],
      ['--lists <count>', 'lists (default: 12)'],
      ['--list-size <count>', 'leads a list (default: 1000)'],
    ],
    async start({ port, seed, directory, number }) {
      const { describeX, startX } = await import('../../sandbox/x/start-x.ts');
      const size = {
        ...given('accounts', number('accounts')),
        ...given('lists', number('lists')),
        ...given('listSize', number('list-size')),
      };
      const x = await startX({ port, seed, directory, ...size });
      return {
        facts: { port: x.port, url: x.url, seed, ...x.files },
        text: describeX(x),
        close: () => x.close(),
      };
    },
  },
  {
    kind: 'telegram',
    description: 'Telegram channels: their public preview, and accounts to read them by',
    seeded: 'the same channels',
    files: 'channels.csv, accounts.jsonl and truth.jsonl',
    options: [
      ['--channels <count>', 'channels; one more is closed (default: 8)'],
      ['--posts <count>', 'posts a channel (default: 120)'],
    ],
    async start({ port, seed, directory, number }) {
      const { describeTelegram, startTelegram } = await import(
        '../../sandbox/telegram/start-telegram.ts'
      );
      const size = { channels: number('channels') ?? 8, posts: number('posts') ?? 120, closed: 1 };
      const telegram = await startTelegram({ port, seed, directory, ...size });
      const { url, gatewayUrl, csvFile, truthFile, accountsFile } = telegram;
      const places = { url, gatewayUrl, csvFile, truthFile, accountsFile };
      return {
        facts: { port: telegram.port, seed, ...places },
        text: describeTelegram(telegram),
        close: () => telegram.close(),
      };
    },
  },
  {
    kind: 'vicidial',
    description: 'call centres with VICIdial, whose clock stands still',
    seeded: 'the same calls',
    files: 'credentials.csv and truth.jsonl',
    options: [
      ['--campaigns <count>', 'groups of clients (default: 3)'],
      ['--clients <count>', 'clients of the largest group (default: 4)'],
      ['--hours <count>', 'hours in which calls were made (default: 30)'],
    ],
    async start({ port, seed, directory, number }) {
      const { describeVicidial, startVicidial } = await import(
        '../../sandbox/vicidial/start-vicidial.ts'
      );
      const size = {
        ...given('campaigns', number('campaigns')),
        ...given('clients', number('clients')),
        ...given('hours', number('hours')),
      };
      const vicidial = await startVicidial({ port, seed, directory, ...size });
      return {
        facts: { port: vicidial.port, url: vicidial.url, seed, ...vicidial.files },
        text: describeVicidial(vicidial),
        close: () => vicidial.close(),
      };
    },
  },
  {
    kind: 'models',
    description:
      'an OpenAI-compatible endpoint, and recordings, pictures and texts to ask it about',
    seeded: 'the same files',
    files: 'files, files.csv and truth.jsonl',
    options: [['--count <count>', 'recordings, scenes and texts, each (default: 10)']],
    async start({ port, seed, directory, number }) {
      const { describeModels, startModels } = await import('../../sandbox/openai/start-models.ts');
      const count = number('count') ?? 10;
      const { close, ...facts } = await startModels({ port, seed, directory, count });
      return { facts, text: describeModels({ ...facts, close }), close };
    },
  },
  {
    kind: 'bigquery',
    description: 'BigQuery, over a database in memory',
    seeded: 'the same rows and faults',
    files: 'its key and truth.jsonl',
    options: [
      ['--credentials <file>', 'a CSV that is the table campaigns.credentials'],
      ['--fault-shares <list>', 'such as rate-limit:0.05,lost:0.05'],
    ],
    async start({ port, seed, directory, text, path }) {
      const [{ describeBigQuery, startBigQuery }, { readBigQueryOptions }] = await Promise.all([
        import('../../sandbox/bigquery/start-bigquery.ts'),
        import('../../sandbox/bigquery/bigquery-flags.ts'),
      ]);
      const options = readBigQueryOptions({
        number: () => undefined,
        text: (name) => (name === 'credentials' ? path(name) : text(name)),
        flag: () => false,
      });
      const bigQuery = await startBigQuery({ ...options, port, seed, directory });
      const { url, project, files } = bigQuery;
      return {
        facts: { port: bigQuery.port, url, project, ...files },
        text: describeBigQuery(bigQuery),
        close: () => bigQuery.close(),
      };
    },
  },
  {
    kind: 's3',
    description: 'S3-compatible storage, in memory, with one bucket',
    async start({ port }) {
      const { describeS3, startS3 } = await import('../../sandbox/s3/start-s3.ts');
      const storage = await startS3({ port });
      return {
        facts: { port: storage.port, url: storage.url },
        text: describeS3(storage),
        close: () => storage.close(),
      };
    },
  },
];

/** An object with this name, or an empty one: the stand-in has the default. */
function given<Name extends string>(
  name: Name,
  value: number | undefined,
): Partial<Record<Name, number>> {
  return value === undefined ? {} : ({ [name]: value } as Record<Name, number>);
}
