/**
 * Turns the sources of settings into one frozen, complete value, remembering where each came
 * from.
 */
import { SluiceError } from '../base/errors.ts';
import { nearest } from '../base/suggest.ts';
import { SETTINGS, type SettingName, type Settings } from './settings.ts';

/** Where a value came from: `default`, `file sluice.json`, `env MAX_WORKERS`, `flag --retries`. */
export interface SettingOrigin {
  readonly source: string;
  readonly raw: unknown;
}

export interface ResolvedSettings {
  readonly settings: Settings;
  readonly origins: Readonly<Record<SettingName, SettingOrigin>>;
}

export interface SettingSources {
  /** Parsed configuration file. Unknown names are refused. */
  readonly file?: { readonly path: string; readonly values: Readonly<Record<string, unknown>> };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** By setting name; undefined = not given. */
  readonly flags?: Readonly<Record<string, unknown>>;
}

/** A setting as people are shown it. */
export interface ShownSetting {
  readonly name: SettingName;
  /** As it was written; a secret only as `(set)`. */
  readonly value: string;
  readonly source: string;
}

const NAMES = Object.keys(SETTINGS) as SettingName[];
const OWN = /^SLUICE_(.+)/;

/**
 * Throws `settings.unknown` or `settings.invalid`, naming the source; an `AggregateError` of them
 * where there are several.
 */
export function resolveSettings(sources: SettingSources): ResolvedSettings {
  const faults = unknownNames(sources);
  const settings: Record<string, unknown> = {};
  const origins: Record<string, SettingOrigin> = {};
  for (const name of NAMES) {
    const origin = originOf(name, sources);
    const parsed = SETTINGS[name].schema.safeParse(origin.raw);
    settings[name] = parsed.data;
    origins[name] = origin;
    if (parsed.success) continue;
    const value = SETTINGS[name].secret ? '(secret)' : JSON.stringify(origin.raw);
    const detail = parsed.error.issues.map((issue) => issue.message).join('; ');
    const source = origin.source === 'flag' ? 'a flag' : origin.source;
    faults.push(new SluiceError('settings.invalid', { name, value, detail, source }));
  }
  const [first, ...more] = faults;
  if (first !== undefined) throw more.length === 0 ? first : new AggregateError(faults);
  return {
    settings: Object.freeze(settings) as Settings,
    origins: Object.freeze(origins) as Record<SettingName, SettingOrigin>,
  };
}

function unknownNames({ file }: SettingSources): SluiceError[] {
  const unknown = Object.keys(file?.values ?? {}).filter((name) => !(name in SETTINGS));
  return unknown.map((name) => {
    const near = nearest(name, NAMES);
    const suggestion = near ? `Did you mean ${near}?` : '`sluice config print` lists all settings.';
    return new SluiceError('settings.unknown', { name, source: file?.path ?? 'file', suggestion });
  });
}

/**
 * Variables that are called almost as one of a setting: they do nothing, and hardly mean to. By
 * name, with the one that they may mean.
 */
export function mistypedVariables(env: SettingSources['env']): ReadonlyMap<string, string> {
  const variables = NAMES.flatMap((name) => SETTINGS[name].env);
  const known = new Set(variables.flatMap((name) => OWN.exec(name)?.[1] ?? []));
  const mistyped = new Map<string, string>();
  for (const name of Object.keys(env)) {
    const own = OWN.exec(name)?.[1];
    if (own === undefined || known.has(own)) continue;
    const near = nearest(own, known);
    if (near !== undefined) mistyped.set(name, `SLUICE_${near}`);
  }
  return mistyped;
}

/** Every setting with its value and where it comes from, without the secrets. */
export function shownSettings({ origins }: ResolvedSettings): readonly ShownSetting[] {
  return NAMES.map((name) => {
    const { source, raw } = origins[name];
    const value = SETTINGS[name].secret === true && raw !== '' ? '(set)' : String(raw);
    return { name, value, source };
  });
}

function originOf(name: SettingName, sources: SettingSources): SettingOrigin {
  const flag = sources.flags?.[name];
  if (flag !== undefined) return { source: 'flag', raw: flag };
  for (const variable of SETTINGS[name].env) {
    const value = sources.env[variable];
    if (value !== undefined && value !== '') return { source: `env ${variable}`, raw: value };
  }
  const file = sources.file;
  if (file && name in file.values) return { source: `file ${file.path}`, raw: file.values[name] };
  return { source: 'default', raw: SETTINGS[name].default };
}
