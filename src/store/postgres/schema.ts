/**
 * The tables of jobs and of nodes, in a schema of their own.
 *
 * A task is never updated: one without a row in `ends` is open, and `progress` exists only for
 * tasks that wait or have come part of the way. Records of a task that ended with its first page
 * stand in its end, joined by U+001E, which no JSON text contains; those of others in `records`.
 * `record_log` says in which order they were committed, each writer for itself.
 *
 * Counters are rows of who counts (`holder`: a node's number, 0 = nobody's), so that nodes never
 * wait for each other; a job's counters are their sums.
 *
 * Names (tenants, lanes, ids of documents) are compared byte by byte, whatever the language of the
 * database: `COLLATE "C"`.
 */
export const FIRST = `
  CREATE TABLE writers (
    process uuid NOT NULL,
    connection integer NOT NULL,
    last bigint NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (process, connection)
  ) WITH (fillfactor = 50);

  CREATE TABLE jobs (
    no integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id text COLLATE "C" NOT NULL UNIQUE,
    tenant text COLLATE "C" NOT NULL,
    collector text COLLATE "C" NOT NULL,
    idempotency_key text COLLATE "C",
    spec text NOT NULL,
    weight double precision NOT NULL,
    state text COLLATE "C" NOT NULL,
    planned boolean NOT NULL DEFAULT false,
    updated_ms double precision NOT NULL,
    finished_ms double precision,
    active_ms double precision NOT NULL DEFAULT 0,
    failure text,
    row_count integer NOT NULL DEFAULT 0,
    duplicates integer NOT NULL DEFAULT 0,
    next_shard integer NOT NULL DEFAULT 0,
    finish_tag double precision NOT NULL DEFAULT 0,
    reopened integer NOT NULL DEFAULT 0
  ) WITH (fillfactor = 70);
  COMMENT ON COLUMN jobs.finish_tag IS 'where its next shard starts at the earliest';
  COMMENT ON COLUMN jobs.reopened IS 'how often ended tasks were opened again';
  CREATE UNIQUE INDEX job_idempotency ON jobs (tenant, idempotency_key)
    WHERE idempotency_key IS NOT NULL;
  CREATE INDEX job_tenants ON jobs (tenant, id);
  CREATE INDEX job_collectors ON jobs (collector, id);
  CREATE INDEX job_running ON jobs (tenant, no) WHERE state = 'running';
  CREATE TABLE deleted_jobs (no integer PRIMARY KEY, row_count integer NOT NULL);

  CREATE TABLE counters (
    job_no integer NOT NULL,
    holder bigint NOT NULL,
    completed integer NOT NULL DEFAULT 0,
    discarded integer NOT NULL DEFAULT 0,
    cancelled integer NOT NULL DEFAULT 0,
    waiting integer NOT NULL DEFAULT 0,
    records bigint NOT NULL DEFAULT 0,
    failed_attempts bigint NOT NULL DEFAULT 0,
    updated_ms double precision NOT NULL DEFAULT 0,
    PRIMARY KEY (job_no, holder)
  ) WITH (fillfactor = 50);

  CREATE TABLE tasks (
    job_no integer NOT NULL,
    seq integer NOT NULL,
    shard integer,
    key uuid,
    lane text COLLATE "C",
    input text,
    PRIMARY KEY (job_no, seq)
  );
  COMMENT ON COLUMN tasks.key IS 'half of the SHA-256 of the key';
  COMMENT ON COLUMN tasks.input IS 'JSON; null = the row was refused';
  CREATE INDEX task_keys ON tasks (job_no, key) WHERE key IS NOT NULL;
  CREATE INDEX task_shards ON tasks (job_no, shard) WHERE shard IS NOT NULL;
  CREATE TABLE aliases (
    job_no integer NOT NULL,
    seq integer NOT NULL,
    of_seq integer NOT NULL,
    PRIMARY KEY (job_no, seq)
  );

  CREATE TABLE shards (
    job_no integer NOT NULL,
    no integer NOT NULL,
    slice integer,
    tasks integer NOT NULL,
    size integer NOT NULL,
    first_seq integer NOT NULL,
    last_seq integer NOT NULL,
    tag double precision NOT NULL,
    holder bigint,
    sealed boolean NOT NULL DEFAULT false,
    done boolean NOT NULL DEFAULT false,
    losses integer NOT NULL DEFAULT 0,
    PRIMARY KEY (job_no, no)
  ) WITH (fillfactor = 70);
  COMMENT ON COLUMN shards.size IS 'tasks that it may have at most';
  COMMENT ON COLUMN shards.sealed IS 'it gets no further tasks';
  COMMENT ON COLUMN shards.first_seq IS 'no task of it lies before';
  COMMENT ON COLUMN shards.last_seq IS 'no task of it lies behind';
  CREATE INDEX shard_tags ON shards (tag);
  CREATE INDEX shards_free ON shards (job_no, tag) WHERE holder IS NULL AND NOT done;
  CREATE INDEX shards_open ON shards (job_no, slice)
    WHERE NOT sealed AND holder IS NULL AND NOT done;
  CREATE INDEX shards_held ON shards (holder) WHERE holder IS NOT NULL;
  CREATE INDEX shards_of_slice ON shards (job_no, slice, first_seq) WHERE slice IS NOT NULL;

  CREATE TABLE ends (
    job_no integer NOT NULL,
    seq integer NOT NULL,
    state smallint NOT NULL,
    attempt_no integer NOT NULL,
    finished_ms double precision NOT NULL,
    duration_ms double precision,
    failure_group bigint,
    failure text,
    records text,
    PRIMARY KEY (job_no, seq)
  );
  COMMENT ON COLUMN ends.state IS '1 completed, 2 discarded, 3 cancelled, 4 refused';
  CREATE INDEX end_failures ON ends (failure_group, seq) WHERE failure_group IS NOT NULL;
  CREATE INDEX end_states ON ends (job_no, state, seq) WHERE state > 1;
  CREATE TABLE failure_groups (
    no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job_no integer NOT NULL,
    holder bigint NOT NULL,
    print_hash uuid NOT NULL,
    refused boolean NOT NULL,
    fingerprint text NOT NULL,
    sample text NOT NULL,
    sample_seq integer NOT NULL,
    count integer NOT NULL,
    first_ms double precision NOT NULL,
    last_ms double precision NOT NULL,
    UNIQUE (job_no, holder, print_hash, refused)
  ) WITH (fillfactor = 50);

  CREATE TABLE progress (
    job_no integer NOT NULL,
    seq integer NOT NULL,
    run_at double precision,
    attempt_no integer NOT NULL,
    record_count integer NOT NULL,
    throttled_ms double precision,
    throttled_at double precision,
    cursor text,
    failure text,
    PRIMARY KEY (job_no, seq)
  ) WITH (fillfactor = 70);
  CREATE INDEX progress_due ON progress (job_no, run_at, seq) WHERE run_at IS NOT NULL;
  CREATE TABLE records (
    job_no integer NOT NULL,
    seq integer NOT NULL,
    idx integer NOT NULL,
    json text NOT NULL,
    PRIMARY KEY (job_no, seq, idx)
  );

  CREATE TABLE cache (
    key uuid PRIMARY KEY,
    until_ms double precision NOT NULL,
    stored_ms double precision NOT NULL,
    job_no integer NOT NULL,
    seq integer NOT NULL
  );
  CREATE INDEX cache_expiry ON cache (until_ms);
  CREATE INDEX cache_tasks ON cache (job_no, seq);
  CREATE TABLE lane_memory (
    key text COLLATE "C" PRIMARY KEY,
    memory text NOT NULL,
    at_ms double precision NOT NULL
  ) WITH (fillfactor = 70);
  CREATE INDEX lane_memory_age ON lane_memory (at_ms);

  CREATE TABLE documents (
    kind text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    tenant text COLLATE "C" NOT NULL,
    json text NOT NULL,
    version integer NOT NULL,
    updated_ms double precision NOT NULL,
    PRIMARY KEY (kind, id)
  ) WITH (fillfactor = 70);
  CREATE INDEX document_tenants ON documents (kind, tenant, id);
  CREATE TABLE epochs (last bigint NOT NULL);
  INSERT INTO epochs (last) VALUES (0);

  CREATE SEQUENCE fences;
  CREATE TABLE nodes (
    fence bigint PRIMARY KEY DEFAULT nextval('fences'),
    id text COLLATE "C" NOT NULL UNIQUE,
    name text NOT NULL,
    version text NOT NULL,
    kind text NOT NULL,
    lease_until timestamptz NOT NULL,
    draining boolean NOT NULL DEFAULT false,
    status text,
    joined_at timestamptz NOT NULL DEFAULT clock_timestamp()
  ) WITH (fillfactor = 50);
  COMMENT ON TABLE nodes IS 'a number that has ended has no row';
`;

/** What tenants keep across jobs. */
export const ENTRIES = `
  CREATE TABLE collections (
    tenant text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    slot smallint NOT NULL,
    entries bigint NOT NULL,
    PRIMARY KEY (tenant, name, slot)
  ) WITH (fillfactor = 50);
  COMMENT ON COLUMN collections.entries IS 'their sum over all slots is the count';
  CREATE TABLE entries (
    tenant text COLLATE "C" NOT NULL,
    collection text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    first_ms double precision NOT NULL,
    changed_ms double precision NOT NULL,
    revision integer NOT NULL,
    job_id text COLLATE "C" NOT NULL,
    json text NOT NULL,
    PRIMARY KEY (tenant, collection, key)
  ) WITH (fillfactor = 90);
`;

/**
 * In which order records were committed. What was there before has its entries in the order of
 * rows, as if nobody's: nobody has read it in another.
 */
export const RECORD_LOG = `
  CREATE TABLE record_log (
    job_no integer NOT NULL,
    holder bigint NOT NULL,
    no integer NOT NULL,
    places text NOT NULL,
    PRIMARY KEY (job_no, holder, no)
  );
  COMMENT ON COLUMN record_log.places IS 'of the records that a commit has added, in order';
  INSERT INTO record_log (job_no, holder, no, places)
    SELECT job_no, 0, row_number() OVER (PARTITION BY job_no ORDER BY piece), places FROM (
      SELECT job_no, seq / 1000 AS piece, string_agg(place, ' ') AS places FROM (
        SELECT job_no, seq, CASE WHEN cardinality(all_of) = 1 THEN seq::text
          ELSE seq || ':0+' || cardinality(all_of) END AS place
        FROM ends, string_to_array(records, chr(30)) all_of WHERE records IS NOT NULL
        UNION ALL SELECT job_no, seq, seq || ':' || idx FROM records
      ) each GROUP BY job_no, piece
    ) pieces;
  INSERT INTO counters (job_no, holder) SELECT DISTINCT job_no, 0 FROM record_log
    ON CONFLICT DO NOTHING;
`;

/** Consecutive tasks of one shard that have neither key nor lane: their inputs as one text. */
export const TASK_PACKS = `
  CREATE TABLE task_packs (
    job_no integer NOT NULL,
    first_seq integer NOT NULL,
    last_seq integer NOT NULL,
    shard integer NOT NULL,
    inputs text NOT NULL,
    PRIMARY KEY (job_no, last_seq)
  );
  ALTER TABLE task_packs ALTER COLUMN inputs SET STORAGE EXTERNAL;
  COMMENT ON COLUMN task_packs.inputs IS 'JSON texts with U+001F between them';
`;

/** What is known of shards that were lost with a node. */
export const SHARDS_BEGUN = `
  ALTER TABLE shards ADD COLUMN begun boolean NOT NULL DEFAULT false,
    ADD COLUMN open_then integer;
  COMMENT ON COLUMN shards.begun IS 'by the last node that had it; known after a loss';
  COMMENT ON COLUMN shards.open_then IS 'open tasks as it was last begun after a loss';
`;

/**
 * The ends of consecutive tasks that got through at once, in one value each. They come compressed:
 * Postgres is not to try it again.
 */
export const END_PACKS = `
  CREATE TABLE end_packs (
    job_no integer NOT NULL,
    first_seq integer NOT NULL,
    last_seq integer NOT NULL,
    chars integer NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (job_no, last_seq)
  );
  ALTER TABLE end_packs ALTER COLUMN body SET STORAGE EXTERNAL;
  COMMENT ON COLUMN end_packs.chars IS 'of the texts of the records';
`;

/** Of tasks that did not get through at once. */
export const ATTEMPTS = `
  CREATE TABLE attempts (
    job_no integer NOT NULL,
    seq integer NOT NULL,
    no integer NOT NULL,
    json text NOT NULL,
    PRIMARY KEY (job_no, seq, no)
  );
`;

/** Attempts of a job by when they began, which their text says first: `json` refuses some text. */
export const ATTEMPTS_BY_TIME = `
  ALTER TABLE attempts ADD COLUMN started_ms double precision GENERATED ALWAYS AS (
    coalesce(substring(json from '"startedMs":([0-9]+[.]?[0-9]*)')::float8, 0)
  ) STORED;
  CREATE INDEX attempts_by_time ON attempts (job_no, started_ms, seq, no);
`;
