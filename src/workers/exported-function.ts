import { messageOf, SluiceError, systemCode } from '../base/errors.ts';
import { nearest } from '../base/suggest.ts';

type Callable = (...args: readonly unknown[]) => unknown;

const known = new Map<string, Callable>();

/** The function that a module exports under a name; loaded once per thread. */
export async function exportedFunction(href: string, name: string): Promise<Callable> {
  const key = `${href}#${name}`;
  const found = known.get(key);
  if (found) return found;
  const module = await load(href, name);
  const exported = module[name];
  if (typeof exported !== 'function') {
    const names = Object.keys(module).filter((each) => typeof module[each] === 'function');
    const near = nearest(name, names);
    const detail = `${href} exports no such function${near ? `; did you mean ${near}` : ''}`;
    throw new SluiceError('compute.module', { name, detail });
  }
  known.set(key, exported as Callable);
  return exported as Callable;
}

/** What a module says while it loads is its own affair; that there is none is told as such. */
async function load(href: string, name: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return (await import(href)) as Record<string, unknown>;
  } catch (error) {
    if (systemCode(error) !== 'ERR_MODULE_NOT_FOUND') throw error;
    const detail = messageOf(error).replace(/\.$/, '');
    throw new SluiceError('compute.module', { name, detail }, { cause: error });
  }
}
