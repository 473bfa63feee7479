/** Where records are to go: the destinations of the server, by their names. */
import type { Signal } from '@preact/signals';

export interface Destinations {
  readonly destinations: readonly { readonly name: string }[];
}

interface DeliverToProps {
  readonly names: Destinations['destinations'];
  readonly chosen: Signal<readonly string[]>;
}

export function DeliverTo({ names, chosen }: DeliverToProps) {
  const set = (name: string, isWanted: boolean) => {
    const others = chosen.value.filter((each) => each !== name);
    chosen.value = isWanted ? [...others, name] : others;
  };
  return (
    <fieldset class="field">
      <legend>Deliver to</legend>
      {names.map(({ name }) => (
        <label key={name}>
          <input
            type="checkbox"
            checked={chosen.value.includes(name)}
            onChange={(event) => set(name, event.currentTarget.checked)}
          />{' '}
          {name}
        </label>
      ))}
      <p class="quiet small">
        {names.length === 0
          ? 'The server has no destinations: its owner names them in the setting destinations.'
          : 'Each record is there once, and those that are still to come follow.'}
      </p>
    </fieldset>
  );
}
