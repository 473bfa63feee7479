/** A time that somebody wrote, as wall time, ms; undefined where it is none. */
const FORMS = [
  /^\d{4}-\d\d-\d\d$/,
  // Without a zone it would mean another time on each machine.
  /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/,
];

export function momentMs(text: string): number | undefined {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  const ms = FORMS.some((form) => form.test(text)) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}
