// The store's tables as they were first released. Never changed: what came later is in migrations.ts.

/** Version 1: sweeps, what registries hold, layers and their results, findings and where they stand, messages to send. */
export const FIRST = `
CREATE TABLE sweep (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  trigger text NOT NULL,               -- run, schedule
  status text NOT NULL,                -- running, interrupted, done, partial, failed
  rules text NOT NULL,                 -- identity of the rule set and what else decides results
  listed boolean NOT NULL DEFAULT false, -- all registries have been asked for their repositories
  scope text NOT NULL DEFAULT 'all',   -- all, failed (only what failed before)
  started_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz,
  owner text,
  lease_until timestamptz,
  counts jsonb NOT NULL DEFAULT '{}',
  failure jsonb
);
-- Sweeps do not overlap, however many schedulers there are.
CREATE UNIQUE INDEX sweep_running ON sweep ((true)) WHERE status = 'running';

CREATE TABLE repository (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  host text NOT NULL,
  name text NOT NULL,
  first_seen_at timestamptz NOT NULL DEFAULT now(),
  last_seen_at timestamptz NOT NULL DEFAULT now(),
  seen_in bigint,                      -- the last sweep that listed it
  gone_at timestamptz,
  failure jsonb,                       -- why its tags could not be listed
  UNIQUE (host, name)
);

-- What a sweep has yet to ask registries for.
CREATE TABLE sweep_registry (
  sweep_id bigint NOT NULL REFERENCES sweep ON DELETE CASCADE,
  host text NOT NULL,
  status text NOT NULL DEFAULT 'pending', -- pending, done, failed
  failure jsonb,
  PRIMARY KEY (sweep_id, host)
);
CREATE TABLE sweep_repository (
  sweep_id bigint NOT NULL REFERENCES sweep ON DELETE CASCADE,
  repository_id bigint NOT NULL REFERENCES repository ON DELETE CASCADE,
  status text NOT NULL DEFAULT 'pending', -- pending, done, failed
  failure jsonb,
  PRIMARY KEY (sweep_id, repository_id)
);
CREATE INDEX sweep_repository_open ON sweep_repository (sweep_id) WHERE status = 'pending';

CREATE TABLE tag (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  repository_id bigint NOT NULL REFERENCES repository ON DELETE CASCADE,
  name text NOT NULL,
  digest text NOT NULL,                -- of the index or manifest that it points at
  first_seen_at timestamptz NOT NULL DEFAULT now(),
  last_seen_at timestamptz NOT NULL DEFAULT now(),
  seen_in bigint,
  gone_at timestamptz,
  failure jsonb,                       -- why what it points at could not be resolved
  UNIQUE (repository_id, name)
);
CREATE INDEX tag_digest ON tag (digest);

CREATE TABLE image (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  digest text NOT NULL UNIQUE,         -- of the manifest
  image_id text NOT NULL,              -- of the configuration
  platform text NOT NULL,
  description jsonb NOT NULL,          -- ImageDescription, masked; without texts until the image is finished
  sealed bytea,                        -- its texts until then, under the store's key: layers tell what to mask
  config bytea NOT NULL,               -- what was found in the configuration, masked
  created_at timestamptz,              -- as the configuration says
  bytes bigint NOT NULL,
  status text NOT NULL DEFAULT 'planned', -- planned, done, failed
  waiting_for text,                    -- one of its layers that is not done
  failure jsonb,
  rules text NOT NULL,
  coverage jsonb NOT NULL DEFAULT '[]',
  first_seen_at timestamptz NOT NULL DEFAULT now(),
  finished_in bigint,
  finished_at timestamptz,
  gone_at timestamptz                  -- no tag leads to it any more
);
CREATE INDEX image_waiting ON image (waiting_for) WHERE status = 'planned';

-- Digests of indexes and manifests that have been resolved, once for ever, and to which images.
CREATE TABLE resolved (
  digest text NOT NULL,
  platforms text NOT NULL,             -- the selection that it was resolved with
  coverage jsonb NOT NULL DEFAULT '[]',
  resolved_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (digest, platforms)
);
-- Digests of tags that were not among the newest: their dates, so that they are looked up once.
CREATE TABLE passed_over (
  digest text PRIMARY KEY,
  created_at timestamptz               -- null: the image has none
);

CREATE TABLE resolved_image (
  digest text NOT NULL,
  image_id bigint NOT NULL REFERENCES image ON DELETE CASCADE,
  PRIMARY KEY (digest, image_id)
);
CREATE INDEX resolved_image_image ON resolved_image (image_id);
CREATE VIEW tag_image AS
  SELECT tag.id AS tag_id, resolved_image.image_id FROM tag JOIN resolved_image USING (digest);

CREATE TABLE image_layer (
  image_id bigint NOT NULL REFERENCES image ON DELETE CASCADE,
  index int NOT NULL,
  digest text NOT NULL,                -- of the blob
  diff_id text,                        -- as the configuration claims
  PRIMARY KEY (image_id, index)
);
CREATE INDEX image_layer_digest ON image_layer (digest);

-- A layer is here once, whatever number of images hold it.
CREATE TABLE layer (
  digest text NOT NULL,
  rules text NOT NULL,
  status text NOT NULL DEFAULT 'pending', -- pending, leased, done, failed
  role text NOT NULL DEFAULT 'layer',  -- layer, attestation, unknown
  repository_id bigint REFERENCES repository ON DELETE SET NULL, -- where to fetch it from
  size bigint NOT NULL,
  priority bigint NOT NULL DEFAULT 0,  -- lowest first
  lease_owner text,
  lease_until timestamptz,
  attempt int NOT NULL DEFAULT 0,      -- tries that failed
  deaths int NOT NULL DEFAULT 0,       -- workers that died while they held it
  not_before timestamptz,
  failure jsonb,
  diff_id text,                        -- computed
  result bytea,                        -- LayerResult, as the image cache keeps it
  files bigint,
  bytes bigint,
  scanned_in bigint,
  scanned_at timestamptz,
  PRIMARY KEY (digest, rules)
);
CREATE INDEX layer_open ON layer (priority, digest) WHERE status = 'pending';
CREATE INDEX layer_leased ON layer (lease_until) WHERE status = 'leased';
CREATE INDEX layer_failed ON layer (digest) WHERE status = 'failed';

-- The same value in fifty images is one row.
CREATE TABLE secret (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  hmac bytea NOT NULL,                 -- HMAC-SHA-256 of the value under the store's key
  rule_id text NOT NULL,
  redacted jsonb NOT NULL,
  first_seen_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (hmac, rule_id)
);

-- Where each finding stands. A rebuilt image with the same leak has the same fingerprint: it is not new.
CREATE TABLE finding (
  fingerprint text PRIMARY KEY,
  secret_id bigint REFERENCES secret,
  rule_id text NOT NULL,
  severity text NOT NULL,
  confidence text NOT NULL,
  first_seen_in bigint NOT NULL,
  first_seen_at timestamptz NOT NULL DEFAULT now(),
  last_seen_in bigint NOT NULL,
  last_seen_at timestamptz NOT NULL DEFAULT now(),
  gone_at timestamptz
);
CREATE INDEX finding_first_seen ON finding (first_seen_in);
CREATE INDEX finding_secret ON finding (secret_id);

CREATE TABLE occurrence (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  fingerprint text NOT NULL REFERENCES finding ON DELETE CASCADE,
  subject text NOT NULL,               -- digest of the layer's blob or of the configuration
  rules text NOT NULL,
  ordinal bigint NOT NULL,             -- tells those with one fingerprint apart: offset of the value
  document jsonb NOT NULL,             -- LocalFinding, masked
  UNIQUE (subject, rules, fingerprint, ordinal)
);
CREATE INDEX occurrence_fingerprint ON occurrence (fingerprint);

CREATE TABLE image_finding (
  image_id bigint NOT NULL REFERENCES image ON DELETE CASCADE,
  occurrence_id bigint NOT NULL REFERENCES occurrence ON DELETE CASCADE,
  exposure text,                       -- final, deleted, overwritten, metadata
  layer_index int,                     -- NULL: in the configuration
  removed_by int,                      -- index of a layer
  origin text NOT NULL,
  related jsonb,                       -- where the image adds to what the occurrence has
  severity text,                       -- where the leak's other places are worse
  confidence text,
  PRIMARY KEY (image_id, occurrence_id)
);
CREATE INDEX image_finding_occurrence ON image_finding (occurrence_id);

CREATE TABLE acknowledgement (
  fingerprint text PRIMARY KEY,
  reason text NOT NULL,
  until timestamptz,
  created_at timestamptz NOT NULL DEFAULT now()
);

-- Messages about what is new: written with the end of a sweep, sent once.
CREATE TABLE notification (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  sweep_id bigint NOT NULL REFERENCES sweep ON DELETE CASCADE,
  channel text NOT NULL,
  batch int NOT NULL,
  payload jsonb NOT NULL,
  status text NOT NULL DEFAULT 'pending', -- pending, sent, dead
  attempt int NOT NULL DEFAULT 0,
  not_before timestamptz,
  failure jsonb,
  created_at timestamptz NOT NULL DEFAULT now(),
  sent_at timestamptz,
  UNIQUE (sweep_id, channel, batch)
);
CREATE INDEX notification_open ON notification (not_before) WHERE status = 'pending';

-- What hosts allow, for all workers together.
CREATE TABLE rate (
  host text NOT NULL,
  kind text NOT NULL,                  -- all, manifest: which requests it is about
  resume_at timestamptz NOT NULL,
  PRIMARY KEY (host, kind)
);
CREATE TABLE slot (
  host text NOT NULL,
  number int NOT NULL,
  owner text,
  lease_until timestamptz,
  PRIMARY KEY (host, number)
);

CREATE TABLE worker (
  id text PRIMARY KEY,
  host text NOT NULL,
  pid int NOT NULL,
  started_at timestamptz NOT NULL DEFAULT now(),
  seen_at timestamptz NOT NULL DEFAULT now(),
  layers bigint NOT NULL DEFAULT 0,
  bytes bigint NOT NULL DEFAULT 0
);
`
