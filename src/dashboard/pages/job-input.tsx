/** What the job was asked to do, and how to ask for the same again. */
import type { ComponentChildren } from 'preact';
import { useResource } from '../resource.ts';
import { copy } from '../shell.tsx';
import { Loaded } from '../ui/notice.tsx';
import { Json, Scroll } from '../ui/scroll.tsx';
import { Said, When } from '../ui/text.tsx';
import type { Job, JobInput } from '../wire.ts';
import { bytes, count, plural } from '../words.ts';

export function InputTab({ job }: { readonly job: Job }) {
  const asked = useResource<JobInput>(`/v1/jobs/${job.id}/input`);
  return (
    <Loaded of={asked} lines={10}>
      {(input) => <Asked job={job} input={input} />}
    </Loaded>
  );
}

function Asked({ job, input }: { readonly job: Job; readonly input: JobInput }) {
  const { concurrency, retries, weight, createdMs } = job;
  const { collector, name, format, column, rows, sha256, dialect, options } = input;
  const facts: readonly (readonly [string, ComponentChildren])[] = [
    ['Collector', <Said key="collector" text={collector} />],
    ['Input', <Said key="name" text={name || 'none'} />],
    ['Format', format],
    ['Column', <Said key="column" text={column ?? '—'} />],
    ['Rows', plural(rows, 'row')],
    ['Size', input.bytes === undefined ? '—' : `${bytes(input.bytes)} (${count(input.bytes)} B)`],
    ['SHA-256', sha256 === undefined ? '—' : <code key="digest">{sha256}</code>],
    ['Attempts at once', concurrency === 0 ? 'as the settings say' : count(concurrency)],
    ['Retries', count(retries)],
    ['Weight', String(weight)],
    ['Begun', <When key="begun" ms={createdMs} />],
  ];
  return (
    <>
      <dl class="facts-list">
        {facts.map(([word, value]) => (
          <div key={word}>
            <dt>{word}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <h3>Options</h3>
      <Json value={options} label="Options" />
      {Object.keys(dialect).length === 0 ? null : (
        <>
          <h3>How the file is read</h3>
          <Json value={dialect} label="How the file is read" />
        </>
      )}
      <Again job={job} input={input} />
      <p>
        <a href={`/v1/jobs/${job.id}/rejects`} download>
          Rows that were refused, with their reasons (CSV)
        </a>
      </p>
    </>
  );
}

/** The same asked once more, by commands. */
function Again({ job, input }: { readonly job: Job; readonly input: JobInput }) {
  const hidden = JSON.stringify(input.options).includes('•••');
  const command = sluiceCommand(job, input);
  return (
    <>
      <h3>The same once more</h3>
      {hidden ? <p class="quiet">What is hidden here is to be put in where ••• stands.</p> : null}
      <Command word="sluice" text={command} />
      <Command word="curl" text={curlCommand(job, input)} />
    </>
  );
}

function Command({ word, text }: { readonly word: string; readonly text: string }) {
  return (
    <>
      <Scroll label={`As a ${word} command`}>
        <pre>
          <Said text={text} max={4_000} />
        </pre>
      </Scroll>
      <p class="buttons">
        <button type="button" onClick={() => void copy(text)}>
          Copy {word}
        </button>
      </p>
    </>
  );
}

/** As a shell takes it. */
function word(text: string): string {
  if (/^[\w.,:/@%+=-]+$/.test(text)) return text;
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

function sluiceCommand({ retries, concurrency }: Job, input: JobInput): string {
  const { collector, name, format, column, options } = input;
  const given = Object.entries(options).map(([option, value]) => {
    const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
    return `--opt ${word(`${option}=${text}`)}`;
  });
  return [
    'sluice submit',
    word(collector),
    ...(format === 'none' ? [] : [word(name)]),
    ...(column === undefined ? [] : [`--column ${word(column)}`]),
    ...given,
    ...(concurrency === 0 ? [] : [`--concurrency ${concurrency}`]),
    `--retries ${retries}`,
    `--server ${location.origin}`,
  ].join(' ');
}

/** By the input that the server has. */
function curlCommand({ id, retries, concurrency }: Job, input: JobInput): string {
  const { collector, format, column, options } = input;
  const order = {
    collector,
    options,
    ...(format === 'none' ? {} : { input: { job: id } }),
    ...(column === undefined ? {} : { column }),
    ...(concurrency === 0 ? {} : { concurrency }),
    retries,
  };
  const auth = '-H "Authorization: Bearer $SLUICE_KEY" -H "Content-Type: application/json"';
  return `curl ${auth} -d ${word(JSON.stringify(order))} ${location.origin}/v1/jobs`;
}
