/** How something went over time, as small as a word; told in words for all. */

interface SparklineProps {
  readonly values: readonly number[];
  /** What it says: it stands for the picture. */
  readonly label: string;
}

const WIDE = 4;
const HIGH = 24;

export function Sparkline({ values, label }: SparklineProps) {
  const most = Math.max(1, ...values);
  const width = values.length * WIDE;
  return (
    <svg
      class="sparkline"
      viewBox={`0 0 ${width} ${HIGH}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <title>{label}</title>
      <path class="sparkline-base" d={`M0 ${HIGH - 0.5}H${width}`} />
      {values.map((value, i) => {
        if (value === 0) return null;
        // What there is of something is seen, however little it is.
        const high = Math.max(2, (value / most) * (HIGH - 1));
        return <rect key={i} x={i * WIDE} y={HIGH - high} width={WIDE - 1} height={high} />;
      })}
    </svg>
  );
}
