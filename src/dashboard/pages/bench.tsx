/** Recorded benchmarks: each figure from run to run beside its budget, and two runs compared. */
import { useKeys } from '../keys.ts';
import { useResource } from '../resource.ts';
import { query, setQuery } from '../router.ts';
import { copy } from '../shell.tsx';
import { numbers, Table } from '../ui/list.tsx';
import { Empty, Loaded } from '../ui/notice.tsx';
import { Scroll } from '../ui/scroll.tsx';
import { State } from '../ui/state.tsx';
import { Dash, Said } from '../ui/text.tsx';
import { Title } from '../ui/title.tsx';
import { count, plural } from '../words.ts';
import { BenchChart } from './bench-chart.tsx';
import {
  changeWords,
  type Figure,
  figureWords,
  holds,
  numberWords,
  plain,
  type Run,
  runWords,
  type ScenarioSeries,
  scenariosOf,
} from './bench-series.ts';

const KEYS = { '.': () => void copy('npm run bench -- --save') };

export function BenchPage() {
  const found = useResource<{ readonly runs: readonly Run[] }>('/v1/benchmarks');
  useKeys(KEYS);
  const runs = plain(found.data?.runs ?? []);
  return (
    <>
      <Title text={found.data === undefined ? 'Looking…' : headline(runs)} page="Benchmarks" />
      <Loaded of={found} lines={10}>
        {() => (runs.length === 0 ? <None /> : <Shown runs={runs} />)}
      </Loaded>
    </>
  );
}

/** Of each figure its newest measurement counts. */
function headline(runs: readonly Run[]): string {
  if (runs.length === 0) return 'No benchmark is recorded.';
  const scenarios = scenariosOf(runs);
  const newest = scenarios.flatMap(({ series }) =>
    series.flatMap(({ figures }) => figures.findLast((each) => each !== undefined) ?? []),
  );
  const bound = newest.filter(({ must }) => must.length > 0);
  const short = bound.filter((figure) => !holds(figure)).length;
  const budgets =
    short === 0
      ? `all ${count(bound.length)} budgets are kept`
      : `${count(short)} of ${plural(bound.length, 'budget')} ${short === 1 ? 'is' : 'are'} not kept`;
  return `${plural(scenarios.length, 'scenario')} in ${plural(runs.length, 'run')}: ${budgets}.`;
}

function None() {
  return (
    <Empty>
      <p>Runs that are kept come with the package, as files of the folder bench/results.</p>
      <p>
        <code>npm run bench -- --save</code>
      </p>
    </Empty>
  );
}

function Shown({ runs }: { readonly runs: readonly Run[] }) {
  const scenarios = scenariosOf(runs);
  return (
    <>
      <p class="quiet">
        Each figure is a median, beside another program, a bound or an ideal that was measured in
        the same run. The dashed line is the budget. On a busy machine ratios alone say something.
      </p>
      <Runs runs={runs} />
      {runs.length < 2 ? null : <Compare runs={runs} />}
      {scenarios.map((scenario) => (
        <Scenario key={scenario.name} scenario={scenario} runs={runs} />
      ))}
    </>
  );
}

function Runs({ runs }: { readonly runs: readonly Run[] }) {
  return (
    <section>
      <h2>Runs</h2>
      <Table
        label="Runs"
        columns={['Release', 'Commit', 'Measured', 'Machine', 'State', 'File']}
        rows={runs}
      >
        {(run) => (
          <tr key={run.name}>
            <td>{run.release}</td>
            <td>
              <code>{run.commit}</code>
              {run.clean ? '' : ' and changes'}
            </td>
            <td>{run.measured.slice(0, 16).replace('T', ' ')}</td>
            <td>
              <Said text={run.machine} max={160} />
              {run.note === undefined ? null : (
                <p class="quiet small">
                  <Said text={run.note} max={400} />
                </p>
              )}
            </td>
            <td>
              <State state={run.state === 'quiet' ? 'completed' : 'warning'} word={run.state} />
              {run.load === undefined ? null : (
                <span class="quiet small"> load {run.load.join(' to ')}</span>
              )}
            </td>
            <td>
              <a href={`/v1/benchmarks/${run.name}`} download={`${run.name}.json`}>
                JSON
              </a>
            </td>
          </tr>
        )}
      </Table>
    </section>
  );
}

interface ScenarioProps {
  readonly scenario: ScenarioSeries;
  readonly runs: readonly Run[];
}

function Scenario({ scenario, runs }: ScenarioProps) {
  const columns = runs
    .map((run, i) => ({ run, i }))
    .filter(({ i }) => scenario.series.some(({ figures }) => figures[i] !== undefined));
  return (
    <section>
      <h2 id={`of-${scenario.name}`}>{scenario.name}</h2>
      <p class="quiet">
        <Said text={scenario.what} max={300} />
      </p>
      <Scroll label={`Figures of ${scenario.name}`}>
        <table>
          <thead>
            <tr>
              <th scope="col">Figure</th>
              <th scope="col">Beside</th>
              <th scope="col">Must</th>
              <th scope="col">From run to run</th>
              {columns.map(({ run }) => (
                <th key={run.name} scope="col" class="number" title={runWords(run)}>
                  {run.release} <code>{run.commit}</code> {run.state === 'busy' ? '(busy)' : ''}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {scenario.series.map((series) => (
              <tr key={series.key}>
                <th scope="row">{series.metric}</th>
                <td>{series.peerName}</td>
                <td>{mustOf(series.figures)}</td>
                <td>
                  <BenchChart series={series} runs={runs} />
                </td>
                {columns.map(({ run, i }) => (
                  <td key={run.name} class="number">
                    <Cell figure={series.figures[i]} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}

function mustOf(figures: readonly (Figure | undefined)[]): string {
  const newest = figures.findLast((each) => each !== undefined);
  return newest?.must.map(({ text }) => text).join(', ') || '—';
}

function Cell({ figure }: { readonly figure: Figure | undefined }) {
  if (figure === undefined) return <Dash />;
  return (
    <>
      <span>{numberWords(figure.sluice)}</span>{' '}
      <span class="quiet small">{numberWords(figure.ratio)} ×</span>
      {figure.must.length === 0 ? null : (
        <p class="small">
          {holds(figure) ? (
            <State state="completed" word="kept" />
          ) : (
            <State state="warning" word="short" />
          )}
        </p>
      )}
    </>
  );
}

function Compare({ runs }: { readonly runs: readonly Run[] }) {
  const named = (name: string | undefined, fallback: number) =>
    runs.find((run) => run.name === name) ?? (runs.at(fallback) as Run);
  const a = named(query.value.a, -2);
  const b = named(query.value.b, -1);
  const both = scenariosOf([a, b]).flatMap(({ name, series }) =>
    series.map((each) => ({ name, ...each })),
  );
  const rows = both.filter(({ figures }) => figures.every((each) => each !== undefined));
  return (
    <section>
      <h2>Two runs compared</h2>
      <p class="buttons">
        <Choice label="From" part="a" chosen={a} runs={runs} />
        <Choice label="to" part="b" chosen={b} runs={runs} />
      </p>
      {a.machine === b.machine && a.state === 'quiet' && b.state === 'quiet' ? null : (
        <p class="quiet">
          {a.machine === b.machine ? '' : 'They were measured on different machines. '}
          {a.state === 'quiet' && b.state === 'quiet' ? '' : 'Others were at work on a machine. '}
          Compare ratios, not figures.
        </p>
      )}
      {rows.length === 0 ? (
        <p>They have no figure in common.</p>
      ) : (
        <Table
          label="Two runs compared"
          columns={[
            'Figure',
            numbers(`${a.release} ${a.commit} (from)`),
            numbers(`${b.release} ${b.commit} (to)`),
            numbers('Figure changed'),
            numbers('Ratio changed'),
          ]}
          rows={rows}
        >
          {({ key, name, metric, figures }) => {
            const [from, to] = figures as readonly [Figure, Figure];
            return (
              <tr key={key}>
                <th scope="row">
                  {name}: {metric}
                </th>
                <td class="number">{figureWords(from)}</td>
                <td class="number">{figureWords(to)}</td>
                <td class="number">{changeWords(from.sluice, to.sluice)}</td>
                <td class="number">{changeWords(from.ratio, to.ratio)}</td>
              </tr>
            );
          }}
        </Table>
      )}
    </section>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly part: 'a' | 'b';
  readonly chosen: Run;
  readonly runs: readonly Run[];
}

function Choice({ label, part, chosen, runs }: ChoiceProps) {
  return (
    <label>
      {label}{' '}
      <select
        value={chosen.name}
        onChange={(event) => setQuery({ [part]: event.currentTarget.value }, true)}
      >
        {runs.map((run) => (
          <option key={run.name} value={run.name} selected={run.name === chosen.name}>
            {run.release}, {run.name}, {run.state}
          </option>
        ))}
      </select>
    </label>
  );
}
