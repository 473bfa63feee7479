/** Pages written in the shape of the service's own, with the traps that they hold. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { channelMessage } from './message.ts';
import { type PreviewPage, readPreviewPage, readSinglePage } from './preview-page.ts';

const URL_OF_PAGE = 'https://t.me/s/Daily?before=100';
const CHANNEL = { name: 'Daily', title: 'Daily' };

const HEAD = `<div class="tgme_channel_info"><div class="x tgme_channel_info_header">
<div class="tgme_channel_info_header_title"><span dir="auto">The Daily <i class="emoji" style="background-image:url('//t.org/1.png')"><b>⚡️</b></i></span><i class="verified-icon"> ✔</i></div>
<div class="tgme_channel_info_header_username"><a href="https://t.me/Daily">@Daily</a></div></div>
<div class="tgme_channel_info_counter"><span class="counter_value">12.3K</span> <span class="counter_type">subscribers</span></div></div>`;

function pageOf(messages: string, pager = ''): string {
  return `<!DOCTYPE html><html><body>${HEAD}<section class="tgme_channel_history js-message_history">
${pager}${messages}</section></body></html><!-- page generated in 3.1ms -->`;
}

function post(id: number, body: string, more = '', footer = ''): string {
  return `<div class="tgme_widget_message_wrap js-widget_message_wrap date_visible"><div class="tgme_widget_message text_not_supported_wrap ${more} js-widget_message" data-post="Daily/${id}" data-view="eyJ9">
<div class="tgme_widget_message_user"><a href="https://t.me/Daily"><i class="tgme_widget_message_user_photo"><img src="https://cdn/avatar.jpg"></i></a></div>
<div class="tgme_widget_message_bubble"><div class="tgme_widget_message_author"><a class="tgme_widget_message_owner_name" href="https://t.me/Daily">The Daily</a></div>
${body}
<div class="tgme_widget_message_footer">${footer}<div class="tgme_widget_message_info"><span class="tgme_widget_message_views">4.02K</span><span class="tgme_widget_message_meta"><a class="tgme_widget_message_date" href="https://t.me/Daily/${id}"><time datetime="2026-09-16T19:12:16+00:00" class="time">19:12</time></a></span></div></div>
</div></div></div>`;
}

function text(html: string): string {
  return `<div class="tgme_widget_message_text js-message_text" dir="auto">${html}</div>`;
}

function read(html: string): PreviewPage {
  const page = readPreviewPage(html, URL_OF_PAGE);
  assert.ok(typeof page !== 'string', String(page));
  return page;
}

function readOne(body: string, more = '', footer = '') {
  const [message] = read(pageOf(post(7, body, more, footer))).messages;
  assert.ok(message);
  assert.deepEqual(channelMessage.parse(message), message);
  return message;
}

describe('a page of a public preview', () => {
  it('says whose it is and where older messages are', () => {
    const pager = `<div class="tgme_widget_message_centered js-messages_more_wrap"><a href="/s/Daily?before=81" class="tme_messages_more js-messages_more" data-before="81"></a></div>`;
    const page = read(pageOf(post(81, text('a')) + post(99, text('b')), pager));
    assert.deepEqual(page.channel, { name: 'Daily', title: 'The Daily ⚡️' });
    assert.equal(page.before, 81);
    assert.deepEqual(
      page.messages.map(({ id }) => id),
      [81, 99],
    );
    assert.equal(page.counters.subscribers, 12_300);
  });

  it('is the last where there are no messages, or nothing leads on', () => {
    const pager = `<a class="tme_messages_more" data-before="81"></a>`;
    const none = `<div class="tgme_widget_message_wrap"><div class="tme_no_messages_found">No posts found</div></div>`;
    assert.equal(read(pageOf(none, pager)).before, undefined);
    assert.equal(read(pageOf(post(3, text('a')))).before, undefined);
    const newer = `<a class="tme_messages_more" data-after="120"></a>`;
    assert.equal(read(pageOf(post(3, text('a')), newer)).before, undefined);
  });

  it('is told from what stands in its place, whatever the status', () => {
    const landing =
      '<html><body><div class="tgme_page"><div class="tgme_page_title">A group</div></div></body></html>';
    const contact =
      '<html><body><div class="tgme_page"><div class="tgme_page_description">…</div></div></body></html>';
    assert.equal(readPreviewPage(landing, 'https://t.me/Daily'), 'landing');
    assert.equal(readPreviewPage(contact, 'https://t.me/Nobody'), 'unknown');
    assert.equal(readPreviewPage('<html><body>Log in</body></html>', URL_OF_PAGE), 'foreign');
    const cut = pageOf(post(1, text('a')));
    assert.equal(readPreviewPage(cut.slice(0, cut.length - 200), URL_OF_PAGE), 'cut');
  });

  it('survives what no page should hold', () => {
    const deep = '<div>'.repeat(50_000);
    const page = read(pageOf(post(1, text(`${deep}x`)).replace('Daily/1"', 'Daily/1" x="<"')));
    assert.ok(page.messages.length <= 1);
    assert.equal(read(pageOf(post(1, '').replace('data-post="Daily/1"', ''))).messages.length, 0);
  });
});

describe('a message of a preview', () => {
  it('has its words, with what they mean where they stand', () => {
    const words = `Hi <b>bold <i>and more</i></b><br/><i class="emoji" style="background-image:url('//telegram.org/img/emoji/40/F09F.png')"><b>🔥</b></i> <a href="?q=%23news">#news</a> <a href="https://t.me/friend" target="_blank">@friend</a> <a href="https://example.com/?a=1&amp;amp;b=2" onclick="return confirm('Open?')">here</a> <code>x &lt; y</code><tg-spoiler>psst</tg-spoiler>`;
    const message = readOne(text(words));
    assert.equal(message.text, 'Hi bold and more\n🔥 #news @friend here x < ypsst');
    const parts = message.entities.map(({ kind, offset, length, url }) => [
      kind,
      message.text.slice(offset, offset + length),
      ...(url === undefined ? [] : [url]),
    ]);
    assert.deepEqual(parts, [
      ['bold', 'bold and more'],
      ['italic', 'and more'],
      ['hashtag', '#news'],
      ['mention', '@friend', 'https://t.me/friend'],
      ['link', 'here', 'https://example.com/?a=1&b=2'],
      ['code', 'x < y'],
      ['spoiler', 'psst'],
    ]);
    assert.deepEqual(message.media, []);
  });

  it('has no words of the message that it answers', () => {
    const reply = `<a class="tgme_widget_message_reply user-color-1" href="https://t.me/Daily/5"><i class="tgme_widget_message_reply_thumb" style="background-image:url('https://cdn/thumb.jpg')"></i><div class="tgme_widget_message_author"><span class="tgme_widget_message_author_name" dir="auto">Someone</span></div><div class="tgme_widget_message_text js-message_reply_text" dir="auto">Quoted</div></a>`;
    const message = readOne(reply + text('Own'));
    assert.equal(message.text, 'Own');
    assert.deepEqual(message.replyTo, {
      id: 5,
      url: 'https://t.me/Daily/5',
      author: 'Someone',
      text: 'Quoted',
    });
    assert.equal(readOne(reply).text, '');
    assert.deepEqual(message.media, []);
  });

  it('has the words of an album once, and each picture with its own message', () => {
    const photo = (id: number) =>
      `<a class="tgme_widget_message_photo_wrap grouped_media_wrap blured js-message_photo" style="left:0px;width:134px;background-image:url('https://cdn4.telesco.pe/file/${id}.jpg')" data-ratio="1.5" href="https://t.me/Daily/${id}?single"></a>`;
    const album = `<div class="tgme_widget_message_grouped_wrap"><div class="tgme_widget_message_grouped_layer">${photo(7)}${photo(8)}</div></div>${text(text('Once'))}`;
    const message = readOne(album);
    assert.equal(message.text, 'Once');
    assert.equal(message.albumId, 7);
    assert.deepEqual(message.media, [
      { kind: 'photo', url: 'https://cdn4.telesco.pe/file/7.jpg', ratio: 1.5, messageId: 7 },
      { kind: 'photo', url: 'https://cdn4.telesco.pe/file/8.jpg', ratio: 1.5, messageId: 8 },
    ]);
  });

  it('has a picture with its id, address and shape', () => {
    const message = readOne(
      `<a class="tgme_widget_message_photo_wrap 5745427373564926467 1234_5678" href="https://t.me/Daily/7" style="width:800px;background-image:url('https://cdn4.telesco.pe/file/a.jpg?x=1&amp;y=2')"><div class="tgme_widget_message_photo" style="padding-top:66.6%"></div></a>`,
    );
    assert.deepEqual(message.media, [
      {
        kind: 'photo',
        mediaId: '5745427373564926467',
        url: 'https://cdn4.telesco.pe/file/a.jpg?x=1&y=2',
        width: 800,
        height: 533,
        ratio: 1.502,
      },
    ]);
  });

  it('has a date of its own, not the length of its film', () => {
    const video = `<a class="tgme_widget_message_video_player blured" href="https://t.me/Daily/7"><i class="tgme_widget_message_video_thumb" style="background-image:url('https://cdn/still.jpg')"></i><div class="tgme_widget_message_video_wrap" style="width:400px;padding-top:50%"><video class="tgme_widget_message_video" src="https://cdn/v.mp4?token=1"></video></div><time class="message_video_duration">1:05</time></a>`;
    const message = readOne(video);
    assert.equal(message.date, '2026-09-16T19:12:16.000Z');
    assert.deepEqual(message.media, [
      {
        kind: 'video',
        url: 'https://cdn/v.mp4?token=1',
        thumbnailUrl: 'https://cdn/still.jpg',
        width: 400,
        height: 200,
        ratio: 2,
        durationSeconds: 65,
      },
    ]);
  });

  it('has nothing of the page that it links to but the preview', () => {
    const preview = `<a class="tgme_widget_message_link_preview" href="https://example.com/a"><i class="link_preview_image" style="background-image:url('https://cdn/p.jpg')"></i><div class="tgme_widget_message_video_player link_preview_video_player"><time class="message_video_duration">1:23</time></div><div class="link_preview_site_name">Example</div><div class="link_preview_title">A title</div><div class="link_preview_description">Some<br/>words</div></a>`;
    const message = readOne(text('see') + preview);
    assert.deepEqual(message.linkPreview, {
      url: 'https://example.com/a',
      site: 'Example',
      title: 'A title',
      description: 'Some words',
    });
    assert.deepEqual(message.media, []);
  });

  it('is edited, signed and forwarded where its own marks say so', () => {
    const forward = `<div class="tgme_widget_message_forwarded_from">Forwarded from <span class="tgme_widget_message_forwarded_from_name">Hidden One</span> (<span class="tgme_widget_message_forwarded_from_author">Ann</span>)</div>`;
    const html = pageOf(post(7, forward + text('not edited, they say'))).replace(
      '<span class="tgme_widget_message_meta">',
      '$&<span class="tgme_widget_message_from_author" dir="auto">Edited Ed</span>,&nbsp;edited &nbsp;',
    );
    const [message] = read(html).messages;
    assert.equal(message?.edited, true);
    assert.equal(message?.author, 'Edited Ed');
    assert.deepEqual(message?.forward, { from: 'Hidden One', author: 'Ann' });
    assert.equal(readOne(text('this was edited')).edited, false);
  });

  it('has reactions by emoji, by picture and by stars', () => {
    const chips = `<div class="tgme_widget_message_reactions"><span class="tgme_reaction"><i class="emoji"><b>❤</b></i>1.2K</span><span class="tgme_reaction"><tg-emoji emoji-id="536"></tg-emoji>7</span><span class="tgme_reaction tgme_reaction_paid"><i class="icon icon-telegram-stars"></i>3</span></div>`;
    assert.deepEqual(readOne(text('x'), '', chips).reactions, [
      { emoji: '❤', count: 1_200, approximate: true },
      { emoji: 'custom:536', count: 7, approximate: false },
      { emoji: 'paid', count: 3, approximate: false },
    ]);
  });

  it('is a poll, a file, a voice, a sticker, a place, a contact, or something unknown', () => {
    const poll = readOne(
      `<div class="tgme_widget_message_poll js-poll"><div class="tgme_widget_message_poll_question">Why?</div><div class="tgme_widget_message_poll_type">Quiz</div><a class="tgme_widget_message_poll_options"><div class="tgme_widget_message_poll_option"><div class="tgme_widget_message_poll_option_percent">62%</div><div class="tgme_widget_message_poll_option_text">So</div></div></a></div>`,
    );
    assert.deepEqual(poll.poll, {
      question: 'Why?',
      type: 'Quiz',
      options: [{ text: 'So', percent: 62 }],
    });
    const kinds: readonly (readonly [string, object])[] = [
      [
        `<a class="tgme_widget_message_document_wrap" href="https://t.me/Daily/7"><div class="tgme_widget_message_document_icon accent_bg"></div><div class="tgme_widget_message_document"><div class="tgme_widget_message_document_title">a b.pdf</div><div class="tgme_widget_message_document_extra">1.5 KB</div></div></a>`,
        { kind: 'document', fileName: 'a b.pdf', size: 1_536 },
      ],
      [
        `<a class="tgme_widget_message_document_wrap"><div class="tgme_widget_message_document_icon audio"></div><div class="tgme_widget_message_document_title">Tide</div><div class="tgme_widget_message_document_extra">Ann</div></a>`,
        { kind: 'audio', title: 'Tide', detail: 'Ann' },
      ],
      [
        `<a class="tgme_widget_message_voice_player"><audio class="tgme_widget_message_voice" src="https://cdn/v.oga"></audio><time class="tgme_widget_message_voice_duration">0:07</time></a>`,
        { kind: 'voice', url: 'https://cdn/v.oga', durationSeconds: 7 },
      ],
      [
        `<div class="message_media_not_supported_wrap media_not_supported_cont"><div class="message_media_not_supported">no</div></div><div class="tgme_widget_message_sticker_wrap media_supported_cont"><i class="tgme_widget_message_sticker" style="background-image:url('data:image/svg+xml;base64,PHN2Zy8+')" data-webp="https://cdn/s.webp"></i></div>`,
        { kind: 'sticker', url: 'https://cdn/s.webp' },
      ],
      [
        `<a class="tgme_widget_message_location_wrap" href="https://maps.google.com/maps?q=-8.5,115.25&amp;z=16"><div class="tgme_widget_message_location" style="background-image:url('https://cdn/map.png')"></div><div class="tgme_widget_message_location_title">Café</div></a>`,
        { kind: 'location', latitude: -8.5, longitude: 115.25, title: 'Café' },
      ],
      [
        `<div class="tgme_widget_message_contact_wrap"><div class="tgme_widget_message_contact"><div class="tgme_widget_message_contact_name">Ann</div><div class="tgme_widget_message_contact_phone">+49 30 1</div></div></div>`,
        { kind: 'contact', title: 'Ann', phone: '+49 30 1' },
      ],
      [
        `<div class="message_media_not_supported_wrap"><div class="message_media_not_supported">Open Telegram</div></div>`,
        { kind: 'other' },
      ],
    ];
    for (const [html, media] of kinds) assert.deepEqual(readOne(html).media, [media]);
  });

  it('is a notice, of a kind that is known or not', () => {
    const kindOf = (words: string) => readOne(text(words), 'service_message').service;
    assert.equal(kindOf('Channel created'), 'created');
    assert.equal(kindOf('The Daily pinned «<b>pinned</b>»'), 'pinned');
    assert.equal(kindOf('Channel photo updated'), 'photo');
    assert.equal(kindOf('Channel name was changed to «New»'), 'title');
    assert.equal(kindOf('Live stream started'), 'other');
    assert.equal(readOne(text('Channel created'), 'service_message').kind, 'service');
    assert.equal(readOne(text('We pinned it')).service, undefined);
  });

  it('is read from the page that shows it alone', () => {
    const html = `<html><body class="tgme_widget">${post(7, text('alone'))}</body></html>`;
    const message = readSinglePage(html, 'https://t.me/Daily/7?embed=1', CHANNEL);
    assert.equal(message?.text, 'alone');
    const error =
      '<html><body><div class="tgme_widget_message_error">Post not found</div></body></html>';
    assert.equal(readSinglePage(error, 'https://t.me/Daily/7', CHANNEL), undefined);
  });
});
