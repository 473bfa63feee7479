/** Channels by accounts of the protocol, from outside the process: two accounts and their troubles. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { MemoryStorage, TelegramClient } from '@mtcute/node';
import { startTelegram, type Telegram } from '../../sandbox/telegram/start-telegram.ts';
import { telegramGateway } from '../../src/collectors/channels/telegram-gateway.ts';
import { jsonLines, scratch, sluice } from './sluice-process.ts';
import { TelegramRig } from './telegram-rig.ts';

const EXACT = { images: true, exact: true };
const DATA = 'data';
const directory = scratch();
let telegram: Telegram;
let rig: TelegramRig;
let list: string;

before(async () => {
  telegram = await startTelegram({
    channels: 2,
    closed: 1,
    invited: 1,
    posts: 60,
    latencyScale: 0,
    accounts: 3,
    directory: join(directory.path, 'telegram'),
  });
  rig = new TelegramRig(telegram, directory.path, { SLUICE_TELEGRAM_GATEWAY: telegram.gatewayUrl });
  list = telegram.csvFile as string;
  for (const index of [0, 1]) await add(index);
});
after(async () => {
  await telegram.close();
  directory[Symbol.dispose]();
});

/** Stores an account of the stand-in, its secret by standard input. */
async function add(index: number, data = DATA): Promise<void> {
  const { name, apiId, apiHash, session } = secretOf(index);
  const ended = await sluice(['accounts', 'add', 'telegram', name, '--data', data], {
    ...rig.options,
    stdin: JSON.stringify({ apiId, apiHash, session }),
  });
  assert.equal(ended.code, 0, ended.stderr);
}

function secretOf(index: number) {
  const secret = telegram.accounts[index];
  assert.ok(secret);
  return secret;
}

/** Accepts the invitations in the place of a person. */
async function acceptInvitation(index: number): Promise<void> {
  const { apiId, apiHash, session } = secretOf(index);
  const { transport, middleware } = telegramGateway(telegram.gatewayUrl, session);
  const client = new TelegramClient({
    ...{ apiId, apiHash, transport, storage: new MemoryStorage() },
    ...{ disableUpdates: true, logLevel: 0, network: { middlewares: [middleware] } },
  });
  await client.importSession(session);
  const invited = telegram.world.channels.find(({ access }) => access === 'invited');
  await client.joinChat(`https://t.me/+${invited?.inviteHash}`);
  await client.destroy();
}

function statsOf(index: number) {
  const stats = telegram.stats().protocol.accounts[secretOf(index).name];
  assert.ok(stats);
  return stats;
}

/** By the account's name. */
async function statesIn(data: string): Promise<Map<string, string>> {
  const { stdout } = await rig.sluice('accounts', 'ls', '--data', data, '--json');
  return new Map(jsonLines(stdout).map(({ name, state }) => [String(name), String(state)]));
}

describe('channels with accounts', () => {
  it('are read where there is no preview, in the same records', async () => {
    await acceptInvitation(0);
    await acceptInvitation(1);
    telegram.reset();
    const { records, summary } = await rig.run(DATA, list, ['--opt', 'reader=auto']);
    assert.deepEqual([summary.completed, summary.failed], [4, 1]);
    const truth = ['closed', 'invited'];
    const named = telegram.world.channels.filter(({ access }) => access === 'public');
    const fromPreview = records.filter(({ channel }) =>
      named.some((c) => c.username === channel.name),
    );
    rig.checkTruth(fromPreview, { images: true, exact: false });
    // One without a name goes by its number.
    const invites = new Map(
      telegram.world.channels.map((c) => [`c/${c.channelId}`, `+${c.inviteHash}`]),
    );
    const fromAccounts = records
      .filter((record) => !fromPreview.includes(record))
      .map((record) => {
        const name = invites.get(record.channel.name) ?? record.channel.name;
        return { ...record, channel: { ...record.channel, name } };
      });
    rig.checkTruth(fromAccounts, EXACT, truth);
    assert.ok(rig.checkFiles(records, DATA) > 40);
    assert.deepEqual(
      jsonLines((await rig.run(DATA, list, ['--opt', 'reader=auto'])).ended.stdout).at(-1)?.records,
      0,
    );
  });

  it('go on with another account while one rests, and ask anew for what has expired', async () => {
    for (const index of [0, 1]) await add(index, 'flood');
    telegram.reset();
    const resting = secretOf(0).name;
    const error = { error: 'FLOOD_WAIT_3600', times: 1 };
    telegram.failCalls({ account: resting, method: 'messages.getHistory', ...error });
    const running = rig.run('flood', list, ['--opt', 'reader=mtproto']);
    const fetched = () => statsOf(1).methods['upload.getFile'] ?? 0;
    while (fetched() < 3) await new Promise((go) => setTimeout(go, 5));
    telegram.expireReferences();
    const { records, summary } = await running;
    assert.deepEqual([summary.completed, summary.failed], [4, 1]);
    const broken = records.flatMap(({ media }) =>
      media.flatMap(({ fileError }) => fileError ?? []),
    );
    assert.deepEqual(broken, []);
    const named = records.filter(({ channel }) => !channel.name.startsWith('c/'));
    rig.checkTruth(named, EXACT, ['public', 'closed']);
    assert.deepEqual([statsOf(0).flooded, statsOf(0).early], [1, 0]);
    assert.equal(statsOf(0).concurrencyMax <= 5, true);
    const states = await statesIn('flood');
    assert.equal(states.get(resting), 'resting');
    assert.equal(states.get(secretOf(1).name), 'ready');
  });

  it('set aside an account that is not let in any more, and go on with the next', async () => {
    telegram.reset();
    await add(2, 'flood');
    telegram.revoke(secretOf(1).name, 'SESSION_REVOKED');
    const channel = telegram.world.channels[0];
    const [added] = channel?.add({ shape: 'photo' }) ?? [];
    writeFileSync(join(directory.path, 'one.txt'), `${channel?.username}\n`);
    // Whichever of the two comes first: a second run meets the other.
    const first = await rig.run('flood', 'one.txt', ['--opt', 'reader=mtproto']);
    const second = await rig.run('flood', 'one.txt', ['--opt', 'reader=mtproto']);
    assert.deepEqual([first.summary.failed, second.summary.failed], [0, 0]);
    const told = [...first.records, ...second.records].map(({ id }) => id);
    assert.deepEqual(told, [added?.id]);
    const states = await statesIn('flood');
    assert.equal(states.get(secretOf(1).name), 'quarantined');
    assert.equal(states.get(secretOf(2).name), 'ready');
    assert.equal(statsOf(1).afterRevoke, 0);
  });
});
