/**
 * What a setting may be called: its own name, each of its environment variables, and these as the
 * configuration file writes names (`MAX_WORKERS`, `maxWorkers`). People bring the names that they
 * know, and what works in the environment works in the file.
 */
import { nearest } from '../base/suggest.ts';
import { SETTINGS, type SettingName } from './settings.ts';

export const SETTING_NAMES = Object.keys(SETTINGS) as SettingName[];

const OWN = /^SLUICE_(.+)/;
/** Kubernetes sets these in every container beside a service that is named sluice. */
const OF_KUBERNETES = /^SLUICE_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP)\w*)$/;
/** And this one, which is a setting of ours as well, with an address instead of a port. */
const PORT_OF_KUBERNETES = { name: 'SLUICE_PORT', value: /^(?:tcp|udp|sctp):\/\// } as const;
/** Variables of ours that are no settings: of tests, of compose, of the examples, of libraries. */
const NO_SETTINGS = new Set([
  'SLUICE_BENCH_USAGE_FD',
  'SLUICE_DB_PASSWORD',
  'SLUICE_KEY',
  'SLUICE_TASKS_DEBUG',
  'SLUICE_TASKS_PROFILING',
  'SLUICE_URL',
]);
const OF_TESTS = /^SLUICE_TEST_/;
/** Shorter ones may well be of another program, though they differ by one letter. */
const INHERITED_LENGTH_MIN = 10;

const VARIABLES = SETTING_NAMES.flatMap((name) => SETTINGS[name].env);
const INHERITED = VARIABLES.filter((name) => !OWN.test(name));

/** By key of the file, the settings that it sets: one, but for variables that two have. */
const BY_KEY: ReadonlyMap<string, readonly SettingName[]> = settingsByKey();

/** What `key` sets in a configuration file; none where there is no such setting. */
export function settingsOfKey(key: string): readonly SettingName[] {
  return BY_KEY.get(key) ?? [];
}

/** The key that `key` is nearly called as, with the setting's name where that is another. */
export function nearestKey(key: string): string | undefined {
  // Names of the table first: of two that are as near, those are wanted.
  const near = nearest(key, BY_KEY.keys());
  if (near === undefined) return undefined;
  const names = settingsOfKey(near);
  return names.includes(near as SettingName) ? near : `${near} (${names.join(' and ')})`;
}

/**
 * Variables that hardly mean to do nothing: those that begin as ours and are of no setting, and
 * those that differ in one letter from a long one which is inherited. By name, with the one that
 * they may mean.
 */
export function mistypedVariables(
  env: Readonly<Record<string, string | undefined>>,
): ReadonlyMap<string, string | undefined> {
  const known = new Set(VARIABLES);
  const long = INHERITED.filter((name) => name.length >= INHERITED_LENGTH_MIN);
  const mistyped = new Map<string, string | undefined>();
  for (const name of Object.keys(env)) {
    if (known.has(name) || isOther(name)) continue;
    const own = OWN.exec(name)?.[1];
    const near = own === undefined ? nearest(name, long, 1) : nearestOwn(own);
    if (own !== undefined || near !== undefined) mistyped.set(name, near);
  }
  return mistyped;
}

/** Of ours, the one that `rest` of a name may mean: people put our prefix before others, too. */
function nearestOwn(rest: string): string | undefined {
  const near = nearest(rest, [
    ...VARIABLES.flatMap((name) => OWN.exec(name)?.[1] ?? []),
    ...INHERITED,
  ]);
  if (near === undefined) return undefined;
  const [setting] = settingsOfKey(INHERITED.includes(near) ? near : `SLUICE_${near}`);
  return setting && SETTINGS[setting].env[0];
}

/** Whether a variable that is called as one of ours was set by Kubernetes. */
export function isOfKubernetes(name: string, value: string): boolean {
  return name === PORT_OF_KUBERNETES.name && PORT_OF_KUBERNETES.value.test(value);
}

function isOther(name: string): boolean {
  return NO_SETTINGS.has(name) || OF_TESTS.test(name) || OF_KUBERNETES.test(name);
}

function settingsByKey(): Map<string, readonly SettingName[]> {
  const byKey = new Map<string, readonly SettingName[]>(
    SETTING_NAMES.map((name) => [name, [name]]),
  );
  const add = (key: string, name: SettingName) => {
    // What is the name of a setting means that one only.
    if (key in SETTINGS) return;
    const others = byKey.get(key) ?? [];
    if (!others.includes(name)) byKey.set(key, [...others, name]);
  };
  for (const name of SETTING_NAMES) {
    for (const variable of SETTINGS[name].env) {
      add(variable, name);
      add(inCamelCase(variable), name);
    }
  }
  return byKey;
}

/** `SLUICE_REQUEST_TIMEOUT` as `requestTimeout`. */
function inCamelCase(variable: string): string {
  return variable
    .replace(/^SLUICE_/, '')
    .toLowerCase()
    .replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}
