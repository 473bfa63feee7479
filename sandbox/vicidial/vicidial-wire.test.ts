import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startVicidial, type VicidialStandIn } from './start-vicidial.ts';
import type { TruthCall } from './truth.ts';
import type { Client } from './world.ts';

const SPAN = 'query_date=2026-11-19&end_date=2026-11-20&header_row=YES';

describe('the stand-in of VICIdial', () => {
  let vicidial: VicidialStandIn;
  let client: Client;
  before(async () => {
    vicidial = await startVicidial({ calls: 8, lockMs: 3_600_000 });
    client = vicidial.world.clients.find(({ inGroups }) => inGroups.length > 0) as Client;
  });
  after(() => vicidial.close());

  const basic = (user: string, password: string) =>
    `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const report = (query: string, who = client, password = who.password) =>
    fetch(`${vicidial.url}/${who.server.name}/vicidial/call_report_export.php?${query}`, {
      headers: { authorization: basic(who.user, password) },
    });
  const exported = (query: string, who = client) => report(`run_export=1&${SPAN}&${query}`, who);
  const api = async (fields: Record<string, string>) => {
    const url = `${vicidial.url}/${client.server.name}/vicidial/non_agent_api.php`;
    const reply = await fetch(url, { method: 'POST', body: new URLSearchParams(fields) });
    return reply.text();
  };
  const mine = (call: TruthCall) =>
    call.campaign === client.campaign && call.client === client.name;
  const campaigns = 'campaign[]=---ALL---';

  it('sends STANDARD columns as text between tabs', async () => {
    const reply = await exported(`${campaigns}&group[]=---ALL---`);
    assert.equal(reply.headers.get('content-type'), 'application/octet-stream');
    assert.match(
      String(reply.headers.get('content-disposition')),
      /^attachment; filename="EXPORT_CALL_REPORT_\d{8}-\d{6}\.txt"$/,
    );
    const text = Buffer.from(await reply.arrayBuffer()).toString('latin1');
    assert.ok(text.endsWith('\r\n'));
    const [header = '', ...rows] = text.slice(0, -2).split('\r\n');
    const columns = header.split('\t');
    assert.equal(columns.length, 39);
    assert.deepEqual(columns.slice(0, 3), ['call_date', 'phone_number_dialed', 'status']);
    assert.equal(columns.at(-1), 'status_name');
    for (const row of rows) assert.equal(row.split('\t').length, columns.length);
    const truth = [...vicidial.truth()].filter(mine);
    assert.equal(rows.length, truth.length);
    assert.ok(truth.some(({ direction }) => direction === 'inbound'));
  });

  it('adds the columns of EXTENDED, and custom values beyond the header', async () => {
    const reply = await exported(`${campaigns}&export_fields=EXTENDED&custom_fields=YES`);
    const rows = (await reply.text()).trimEnd().split('\r\n');
    const columns = (rows[0] as string).split('\t');
    assert.ok(columns.includes('uniqueid') && columns.includes('modify_date'));
    assert.equal(columns.at(-1), 'custom_fields');
    const widths = new Set(rows.slice(1).map((row) => row.split('\t').length - columns.length));
    assert.ok(Math.max(...widths) >= 1, 'no row is wider than the header');
  });

  it('replaces tabs and line ends', async () => {
    const text = await (await exported(campaigns)).text();
    assert.match(text, /wants -- a quote/);
    assert.match(text, /call back!Nafter six/);
  });

  it('takes lists only with brackets, and says so when there is nothing', async () => {
    const plain = await exported('campaign=---ALL---');
    assert.equal(plain.headers.get('content-disposition'), null);
    assert.match(await plain.text(), /^There are no calls during this time period/);
    const early = await report(
      `run_export=1&query_date=2020-01-01&end_date=2020-01-01&${campaigns}`,
    );
    assert.match(await early.text(), /^There are no outbound calls during this time period/);
  });

  it('answers the form without run_export', async () => {
    const reply = await report('');
    assert.equal(reply.status, 200);
    assert.match(await reply.text(), /NAME=run_export/);
  });

  it('echoes a bad password, and locks out after ten', async () => {
    const other = vicidial.world.clients.at(-1) as Client;
    for (let i = 0; i < 10; i += 1) {
      const reply = await report('', other, 'wrong-one');
      assert.equal(reply.status, 401);
      assert.match(String(reply.headers.get('www-authenticate')), /CONTACT-CENTER-ADMIN/);
      assert.match(await reply.text(), /\|wrong-one\|BAD\|/);
    }
    const reply = await report('', other);
    assert.equal(reply.status, 200);
    assert.match(await reply.text(), /^Too many login attempts.*LOCK/);
    const name = `${other.campaign}/${other.name}`;
    assert.equal(vicidial.stats().clients[name]?.loginsFailed, 10);
    vicidial.reset();
  });

  it('refuses by address and by right', async () => {
    vicidial.control({ do: 'block-ip', server: client.server.name, blocked: true });
    assert.match(await (await report('')).text(), /IPBLOCK/);
    vicidial.control({ do: 'block-ip', server: client.server.name, blocked: false });
    const name = `${client.campaign}/${client.name}`;
    vicidial.control({ do: 'rights', client: name, rights: { thisReport: false } });
    assert.equal((await report('')).status, 401);
    vicidial.control({ do: 'rights', client: name, rights: { thisReport: true } });
  });

  it('goes wrong as it is told to', async () => {
    vicidial.control({ do: 'fail', mode: 'truncate' });
    const cut = await (await exported(campaigns)).text();
    assert.ok(!cut.endsWith('\r\n'));
    vicidial.control({ do: 'fail', mode: 'php-warning' });
    const warned = await exported(campaigns);
    assert.equal(warned.headers.get('content-disposition'), null);
    assert.match(await warned.text(), /^<br \/>\n<b>Warning<\/b>/);
    vicidial.control({ do: 'fail', mode: 'reset' });
    await assert.rejects(exported(campaigns).then((reply) => reply.text()));
    assert.ok((await (await exported(campaigns)).text()).endsWith('\r\n'));
  });

  it('answers programs: the version to everybody, the rest to logins', async () => {
    assert.match(
      await api({ function: 'version' }),
      /^VERSION: [\d.-]+\|BUILD: [\d-]+\|DATE: [\d-]+ [\d:]+\|EPOCH: \d+\|DST: \d\|TZ: -?[\d.]+\|TZNOW: -?[\d.]+\|$/m,
    );
    const login = { user: client.user, pass: client.password, source: 'test' };
    const list = await api({ ...login, function: 'campaigns_list', stage: 'tab' });
    assert.equal(list.trimEnd().split('\n').length, client.campaignIds.length);
    assert.match(await api({ ...login, function: 'nothing' }), /^ERROR: NO FUNCTION SPECIFIED/);
    assert.match(
      await api({ ...login, function: 'campaigns_list', source: 'x' }),
      /^ERROR: Invalid Source - x\nERROR: Invalid Source: \|x\|/,
    );
    assert.match(
      await api({ ...login, function: 'list_info', list_id: String(client.lists[0]?.id) }),
      new RegExp(`^${client.lists[0]?.id}\\|`),
    );
    const span = {
      datetime_start: '2026-11-20+08:00:00',
      datetime_end: '2026-11-20+12:00:00',
    };
    assert.match(await api({ ...login, ...span, function: 'agent_stats_export' }), /^60\d\d\|/);
    const stats = { campaigns: '---ALL---', query_date: '2026-11-20' };
    assert.match(
      await api({ ...login, ...stats, function: 'call_status_stats' }),
      /\|\d+\|\d+\|00-/,
    );
    assert.match(await api({ ...login, ...stats, function: 'call_dispo_report' }), /\nTOTAL,\d+\n/);
    assert.match(
      await api({ ...login, pass: 'guess', function: 'campaigns_list' }),
      /^ERROR: Login incorrect.*\|guess\|BAD\|/,
    );
  });

  it('has more calls, and knows more of the earlier ones, as its clock goes on', () => {
    const before = [...vicidial.truth()];
    vicidial.control({ do: 'advance', minutes: 60 });
    const after = [...vicidial.truth()];
    const key = ({ cells }: TruthCall) => `${cells.uniqueid} ${cells.lead_id} ${cells.call_date}`;
    const byKey = new Map(after.map((call) => [key(call), call]));
    assert.equal(byKey.size, after.length, 'two calls have one key');
    assert.ok(after.length > before.length);
    const changed = before.filter(
      (call) => byKey.get(key(call))?.cells.status !== call.cells.status,
    );
    assert.ok(changed.length > 0);
    for (const call of changed) assert.equal(call.cells.status, 'INCALL');
  });
});
