/** A state by icon, word and colour. */

const PATHS: Readonly<Record<string, string>> = {
  running: 'M5 3.5v9l7-4.5z',
  paused: 'M4.5 3.5h2.5v9H4.5zM9 3.5h2.5v9H9z',
  completed: 'M3 8.5l3.2 3.2L13 4.8l-1.4-1.4-5.4 5.5-1.8-1.8z',
  failed: 'M4.4 3L3 4.4 6.6 8 3 11.6 4.4 13 8 9.4l3.6 3.6 1.4-1.4L9.4 8 13 4.4 11.6 3 8 6.6z',
  cancelled:
    'M8 2a6 6 0 100 12A6 6 0 008 2zm0 2c.8 0 1.600.2 2.200.7L4.700 10.200A4 4 0 018 4zm0 8c-.8 0-1.600-.2-2.200-.7l5.500-5.500A4 4 0 018 12z',
  waiting:
    'M8 2a6 6 0 100 12A6 6 0 008 2zm0 2a4 4 0 110 8 4 4 0 010-8zm-.8 1v3.500l2.700 1.600.8-1.200-2-1.200V5z',
  available:
    'M8 3.500a4.500 4.500 0 100 9 4.500 4.500 0 000-9zm0 1.700a2.800 2.800 0 110 5.600 2.800 2.800 0 010-5.600z',
  warning: 'M8 1.800l6.600 12H1.400zM7.200 6.300v3.500h1.600V6.300zm0 4.500v1.500h1.600v-1.500z',
};

const ALIASES: Readonly<Record<string, string>> = {
  discarded: 'failed',
  stuck: 'waiting',
  ready: 'completed',
  leased: 'running',
  resting: 'waiting',
  quarantined: 'warning',
  retired: 'cancelled',
  working: 'running',
  draining: 'paused',
  silent: 'warning',
  open: 'completed',
  concurrency: 'waiting',
  rate: 'waiting',
  rest: 'paused',
  breaker: 'failed',
};

const WORDS: Readonly<Record<string, string>> = {
  discarded: 'failed',
  available: 'not begun',
  stuck: 'waiting',
  rest: 'asked to rest',
  breaker: 'does not answer',
  concurrency: 'all slots in use',
  rate: 'at its rate',
};

export function Icon({ name }: { readonly name: string }) {
  const path = PATHS[ALIASES[name] ?? name] ?? PATHS.available;
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={path} fill-rule="evenodd" />
    </svg>
  );
}

/** `word`: instead of the state's own. */
export function State({
  state,
  word,
}: {
  readonly state: string;
  readonly word?: string | undefined;
}) {
  return (
    <span class={`state state-${state}`}>
      <Icon name={state} />
      {word ?? WORDS[state] ?? state}
    </span>
  );
}
