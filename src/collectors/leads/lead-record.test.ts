import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { leadOf, leadRecord } from './lead-record.ts';
import { pageIn } from './x-body.ts';

const LIST = { id: '7', name: 'Followers of jack', source: 'followers' } as const;
const user = {
  id: '1795000000000000001',
  username: 'ada',
  name: 'Ada',
  description: 'Counts',
  location: 'London',
  url: 'https://t.co/abc',
  entities: { url: { urls: [{ url: 'https://t.co/abc', expanded_url: 'https://ada.example/' }] } },
  public_metrics: { followers_count: 5, following_count: 6, tweet_count: 7, listed_count: 8 },
  verified: true,
  verified_type: 'blue',
  created_at: '2020-01-02T03:04:05.000Z',
  protected: false,
  profile_image_url: 'https://pbs.example/ada.jpg',
};

describe('lead record', () => {
  it('maps a user, with the address behind the shortened one', () => {
    const lead = leadRecord.parse(leadOf(user, LIST));
    assert.deepEqual(lead, {
      id: '1795000000000000001',
      username: 'ada',
      name: 'Ada',
      bio: 'Counts',
      location: 'London',
      website: 'https://ada.example/',
      followers: 5,
      following: 6,
      posts: 7,
      listed: 8,
      verified: true,
      verifiedType: 'blue',
      created: '2020-01-02T03:04:05.000Z',
      protected: false,
      image: 'https://pbs.example/ada.jpg',
      listId: '7',
      listName: 'Followers of jack',
      source: 'followers',
    });
  });

  it('takes the newer name of the count of posts', () => {
    const renamed = { ...user, public_metrics: { post_count: 9 } };
    assert.equal(leadOf(renamed, LIST).posts, 9);
    assert.equal(leadOf(renamed, LIST).followers, null);
  });

  it('makes a record of a user of whom only the id is known', () => {
    const lead = leadRecord.parse(leadOf({ id: '5' }, LIST));
    assert.equal(lead.website, '');
    assert.equal(lead.verified, null);
  });
});

describe('pages of X', () => {
  it('takes authors of posts, each once', () => {
    const body = {
      data: [{ id: '10', author_id: '1' }],
      includes: { users: [user, user, { id: 5 }] },
      meta: { result_count: 1, newest_id: '10', next_token: 'abc' },
    };
    const page = pageIn(body, true);
    assert.deepEqual(
      page?.users.map(({ id }) => id),
      [user.id],
    );
    assert.equal(page?.nextToken, 'abc');
    assert.equal(page?.newestId, '10');
  });

  it('takes a page without data for an empty one, and a body without meta for none', () => {
    assert.deepEqual(pageIn({ meta: { result_count: 0 } }, false)?.users, []);
    assert.equal(pageIn({ data: [user] }, false), undefined);
    assert.equal(pageIn('text', false), undefined);
  });
});
