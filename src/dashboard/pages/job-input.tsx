/** What the job was asked to do. */
import type { ComponentChildren } from 'preact';
import { Json } from '../ui/scroll.tsx';
import { Said, When } from '../ui/text.tsx';
import type { Job } from '../wire.ts';
import { count } from '../words.ts';

export function InputTab({ job }: { readonly job: Job }) {
  const { input, options, concurrency, retries, weight, createdMs } = job;
  const facts: readonly (readonly [string, ComponentChildren])[] = [
    ['Input', <Said key="name" text={input.name || 'none'} />],
    ['Format', input.format],
    ['Column', <Said key="column" text={input.column ?? '—'} />],
    ['Attempts at once', concurrency === 0 ? 'as the settings say' : count(concurrency)],
    ['Retries', count(retries)],
    ['Weight', String(weight)],
    ['Begun', <When key="begun" ms={createdMs} />],
  ];
  return (
    <>
      <dl class="facts-list">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <h3>Options</h3>
      <Json value={options ?? {}} label="Options" />
      <p>
        <a href={`/v1/jobs/${job.id}/rejects`} download>
          Rows that were refused, with their reasons (CSV)
        </a>
      </p>
    </>
  );
}
