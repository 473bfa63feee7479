import { SluiceError } from '../base/errors.ts';

type Callable = (...args: readonly unknown[]) => unknown;

const known = new Map<string, Callable>();

/** The function that a module exports under a name; loaded once per thread. */
export async function exportedFunction(href: string, name: string): Promise<Callable> {
  const key = `${href}#${name}`;
  const found = known.get(key);
  if (found) return found;
  const exported = ((await import(href)) as Record<string, unknown>)[name];
  if (typeof exported !== 'function') {
    throw new SluiceError('internal.bug', { detail: `${href} exports no function ${name}` });
  }
  known.set(key, exported as Callable);
  return exported as Callable;
}
