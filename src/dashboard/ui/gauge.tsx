/** How full something is, as a bar and in numbers. */
import { count } from '../words.ts';

interface GaugeProps {
  readonly inUse: number;
  /** null: there is no limit. */
  readonly slots: number | null;
}

export function Gauge({ inUse, slots }: GaugeProps) {
  if (slots === null) return <>{count(inUse)}, without a limit of its own</>;
  const most = slots <= 0 ? Math.max(1, inUse) : slots;
  const wide = Math.min(1, inUse / most) * 1_000;
  return (
    <>
      <svg class="bar" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">
        <rect class="bar-back" width="1000" height="10" />
        <rect class={inUse >= most ? 'fill-waiting' : 'fill-running'} width={wide} height="10" />
      </svg>
      <span class="small">
        {count(inUse)} of {count(slots)}
      </span>
    </>
  );
}
