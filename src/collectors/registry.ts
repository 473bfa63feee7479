/** Finds a collector by its name, or loads one from a user's file. */
import { registerHooks } from 'node:module';
import { isAbsolute, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { messageOf, SluiceError, systemCode } from '../base/errors.ts';
import { nearest } from '../base/suggest.ts';
import type { Collector } from './collector.ts';
import { loadFault } from './load-fault.ts';

export class Registry {
  readonly #collectors = new Map<string, Collector>();
  readonly #publicModule: URL;

  /** `publicModule`: what `import … from 'sluice'` means inside a user's file. */
  constructor(collectors: readonly Collector[], publicModule: URL) {
    for (const collector of collectors) this.#collectors.set(collector.name, collector);
    this.#publicModule = publicModule;
  }

  list(): readonly Collector[] {
    return [...new Set(this.#collectors.values())];
  }

  /** The name under which a job keeps its collector: a file by its absolute path. */
  canonicalName(name: string, cwd: string): string {
    return isFile(name) ? resolve(cwd, name) : name;
  }

  /** Rejects with `collector.not_found` or `collector.invalid`. */
  async get(name: string): Promise<Collector> {
    if (!this.#collectors.has(name) && isFile(name)) return this.#load(name);
    return this.#known(name, '; or the path of a file of your own, such as ./my-collector.ts');
  }

  /** One that is known by its name; never loads a file. Throws `collector.not_found`. */
  named(name: string): Collector {
    return this.#known(name, '');
  }

  #known(name: string, orElse: string): Collector {
    const known = this.#collectors.get(name);
    if (known) return known;
    // Where the owner of a server keeps files is not told to its callers.
    const names = [...this.#collectors.keys()].filter((each) => !isFile(each));
    const near = nearest(name, names);
    const suggestion = near ? `Did you mean ${near}?` : `There are: ${names.join(', ')}${orElse}.`;
    throw new SluiceError('collector.not_found', { name, suggestion });
  }

  /**
   * Loads a file and makes its collector known by name, for callers that may not name files.
   * Rejects with `collector.invalid`, also where the name is taken.
   */
  async register(path: string): Promise<Collector> {
    const collector = await this.#load(path);
    const known = this.#collectors.get(collector.name);
    if (known !== undefined && known !== collector) {
      const detail = `there is a collector named ${collector.name} already`;
      throw new SluiceError('collector.invalid', { path, detail });
    }
    this.#collectors.set(collector.name, collector);
    return collector;
  }

  async #load(path: string): Promise<Collector> {
    this.#answerOwnName();
    this.#files.add(pathToFileURL(path).href);
    this.#loaded.length = 0;
    let exported: Record<string, unknown>;
    try {
      exported = (await import(pathToFileURL(path).href)) as Record<string, unknown>;
    } catch (error) {
      const missing =
        systemCode(error) === 'ERR_MODULE_NOT_FOUND' &&
        messageOf(error).startsWith(`Cannot find module '${path}'`);
      const detail = missing
        ? 'the file does not exist'
        : await loadFault(error, path, this.#loaded);
      throw new SluiceError('collector.invalid', { path, detail }, { cause: error });
    }
    const collector = collectorIn(exported);
    if (!collector) {
      const detail = 'it exports no collector: a name and a function collect';
      throw new SluiceError('collector.invalid', { path, detail });
    }
    const fault = faultOf(collector);
    if (fault !== undefined) throw new SluiceError('collector.invalid', { path, detail: fault });
    this.#collectors.set(path, collector);
    return collector;
  }

  #hooked = false;
  /** Addresses of the users' files. */
  readonly #files = new Set<string>();
  /** What the file that is being loaded consists of, as paths. */
  readonly #loaded: string[] = [];

  /** A user's file lies anywhere; `sluice` and `zod` are still found, as this very copy. */
  #answerOwnName(): void {
    if (this.#hooked) return;
    this.#hooked = true;
    const publicHref = this.#publicModule.href;
    const zodHref = import.meta.resolve('zod');
    const files = this.#files;
    const loaded = this.#loaded;
    registerHooks({
      resolve(specifier, context, next) {
        if (specifier === 'sluice') return { url: publicHref, shortCircuit: true };
        if (specifier === 'zod') return { url: zodHref, shortCircuit: true };
        return next(specifier, context);
      },
      // A user's `.ts` file is a module, whatever a package.json above it says of `.js` files.
      load(url, context, next) {
        if (url.startsWith('file:')) loaded.push(fileURLToPath(url));
        const own = url.endsWith('.ts') && files.has(url);
        return next(url, own ? { ...context, format: 'module-typescript' } : context);
      },
    });
  }
}

function isFile(name: string): boolean {
  return isAbsolute(name) || /^\.{1,2}[\\/]/.test(name) || /\.[cm]?[jt]s$/.test(name);
}

/** The module itself, its default export, or its export `collector`. */
function collectorIn(exported: Record<string, unknown>): Collector | undefined {
  return [exported.collector, exported.default, exported].find(isCollector);
}

function isCollector(value: unknown): value is Collector {
  if (typeof value !== 'object' || value === null) return false;
  const { name, collect } = value as Record<string, unknown>;
  return typeof name === 'string' && name !== '' && typeof collect === 'function';
}

const FUNCTIONS = ['plan', 'lanes', 'limits', 'cacheKey'] as const;
const SCHEMAS = ['input', 'options', 'record'] as const;
/** By name: the least that makes sense. */
const DEFAULTS = { concurrency: 0, retries: 0, attemptTimeoutMs: 1 } as const;

/** What a user's collector says of itself and cannot be; files are not compiled. */
function faultOf(collector: Collector): string | undefined {
  for (const name of FUNCTIONS) {
    const value: unknown = collector[name];
    if (value !== undefined && typeof value !== 'function') return `its ${name} is no function`;
  }
  for (const name of SCHEMAS) {
    const schema = collector[name] as { safeParse?: unknown } | undefined;
    if (schema !== undefined && typeof schema?.safeParse !== 'function') {
      return `its ${name} is no zod schema`;
    }
  }
  const { table } = collector;
  if (table !== undefined && !(isFunction(table?.columns) && isFunction(table?.cells))) {
    return 'its table has no functions columns and cells';
  }
  const defaults: Readonly<Record<string, unknown>> = collector.defaults ?? {};
  for (const [name, least] of Object.entries(DEFAULTS)) {
    const value = defaults[name];
    if (value === undefined || (Number.isFinite(value) && (value as number) >= least)) continue;
    return `its defaults.${name} is no number of ${least} or more`;
  }
  return undefined;
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function';
}
