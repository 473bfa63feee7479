/**
 * Turns the sources of settings into one frozen, complete value, remembering where each came
 * from.
 */
import { SluiceError } from '../base/errors.ts';
import { isOfKubernetes, nearestKey, SETTING_NAMES, settingsOfKey } from './setting-keys.ts';
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
  /** What the flags are called on the command line, by setting name. */
  readonly flagNames?: Readonly<Partial<Record<SettingName, string>>>;
}

/** A setting as people are shown it. */
export interface ShownSetting {
  readonly name: SettingName;
  /** As it was written; a secret only as `(set)`. */
  readonly value: string;
  readonly source: string;
}

/** A value of the file, with the key that it has there. */
interface FileValue {
  readonly key: string;
  readonly value: unknown;
}

/**
 * Throws `settings.unknown`, `settings.twice` or `settings.invalid`, naming the source; an
 * `AggregateError` of them where there are several.
 */
export function resolveSettings(sources: SettingSources): ResolvedSettings {
  const faults: SluiceError[] = [];
  const inFile = valuesOfFile(sources, faults);
  const settings: Record<string, unknown> = {};
  const origins: Record<string, SettingOrigin> = {};
  for (const name of SETTING_NAMES) {
    const origin = originOf(name, sources, inFile.get(name));
    const parsed = SETTINGS[name].schema.safeParse(origin.raw);
    settings[name] = parsed.data;
    origins[name] = origin;
    if (parsed.success) continue;
    const value = SETTINGS[name].secret ? '(secret)' : `${JSON.stringify(origin.raw)}`;
    const detail = parsed.error.issues.map((issue) => issue.message).join('; ');
    faults.push(invalid(name, value, detail, sources, origin));
  }
  const [first, ...more] = faults;
  if (first !== undefined) throw more.length === 0 ? first : new AggregateError(faults);
  return {
    settings: Object.freeze(settings) as Settings,
    origins: Object.freeze(origins) as Record<SettingName, SettingOrigin>,
  };
}

/** An option is told as it was typed: who typed it need not know the setting behind it. */
function invalid(
  name: SettingName,
  value: string,
  detail: string,
  { flags, flagNames }: SettingSources,
  { source }: SettingOrigin,
): SluiceError {
  const option = flags?.[name] === undefined ? undefined : flagNames?.[name];
  if (option === undefined) {
    return new SluiceError('settings.invalid', { name, value, detail, source });
  }
  return new SluiceError('usage.invalid', { detail: `${option} cannot be ${value}: ${detail}` });
}

/** What the file says of each setting; keys that say nothing, or say it again, are faults. */
function valuesOfFile(
  { file }: SettingSources,
  faults: SluiceError[],
): ReadonlyMap<SettingName, FileValue> {
  const values = new Map<SettingName, FileValue>();
  if (file === undefined) return values;
  const source = file.path;
  for (const [key, value] of Object.entries(file.values)) {
    const names = settingsOfKey(key);
    if (names.length === 0) faults.push(unknownKey(key, source));
    for (const name of names) {
      const before = values.get(name);
      if (before === undefined) values.set(name, { key, value });
      else faults.push(new SluiceError('settings.twice', { name, first: before.key, key, source }));
    }
  }
  return values;
}

function unknownKey(name: string, source: string): SluiceError {
  const near = nearestKey(name);
  const suggestion = near ? `Did you mean ${near}?` : '`sluice config print` lists all settings.';
  return new SluiceError('settings.unknown', { name, source, suggestion });
}

/** Every setting with its value and where it comes from, without the secrets. */
export function shownSettings({ origins }: ResolvedSettings): readonly ShownSetting[] {
  return SETTING_NAMES.map((name) => {
    const { source, raw } = origins[name];
    const value = SETTINGS[name].secret === true && raw !== '' ? '(set)' : String(raw);
    return { name, value, source };
  });
}

function originOf(
  name: SettingName,
  sources: SettingSources,
  inFile: FileValue | undefined,
): SettingOrigin {
  const flag = sources.flags?.[name];
  if (flag !== undefined) {
    const option = sources.flagNames?.[name];
    return { source: option === undefined ? 'flag' : `flag ${option}`, raw: flag };
  }
  for (const variable of SETTINGS[name].env) {
    const value = sources.env[variable];
    if (value !== undefined && value !== '' && !isOfKubernetes(variable, value)) {
      return { source: `env ${variable}`, raw: value };
    }
  }
  if (inFile === undefined) return { source: 'default', raw: SETTINGS[name].default };
  const { key, value } = inFile;
  const as = key === name ? '' : `, as ${key}`;
  return { source: `file ${sources.file?.path}${as}`, raw: value };
}
