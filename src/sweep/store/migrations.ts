// What each version of the store's schema added, as SQL. A version that was released is never changed: add another.
import { FIRST } from './first-version.js'

/** Version 2: what people look at is counted and in order, so that nobody waits for it. */
const SECOND = `
-- Open findings by repository, team and rule.
CREATE TABLE group_count (
  kind text NOT NULL,                  -- repository, team, rule
  name text NOT NULL,                  -- HOST/NAME, HOST/TEAM, the rule's id
  total bigint NOT NULL,
  critical bigint NOT NULL,
  high bigint NOT NULL,
  medium bigint NOT NULL,
  low bigint NOT NULL,
  images bigint NOT NULL,
  PRIMARY KEY (kind, name)
);
CREATE INDEX group_count_order ON group_count (kind, critical DESC, high DESC, total DESC, name);
-- Findings that were acknowledged, or are open again, since they were counted.
CREATE TABLE recount (fingerprint text PRIMARY KEY);
-- The order of the list of findings.
CREATE INDEX finding_worst ON finding
  (array_position(ARRAY['critical', 'high', 'medium', 'low'], severity), first_seen_in DESC, fingerprint) WHERE gone_at IS NULL;
`

/** Version 3: what rules were when something was scanned, so that a rule that went or got another severity lets nothing be read again. */
const THIRD = `
CREATE TABLE rule_set (
  identity text PRIMARY KEY,           -- as in the columns "rules"
  conditions text NOT NULL,            -- what else decides results
  rules jsonb NOT NULL,                -- id -> { digest, severity }
  seen_at timestamptz NOT NULL DEFAULT now()
);
-- The rule set that it was scanned with, where that had more than the one in "rules".
ALTER TABLE layer ADD COLUMN scanned_with text;
ALTER TABLE image ADD COLUMN scanned_with text;
-- To be put together again from its layers' results.
ALTER TABLE image ADD COLUMN outdated boolean NOT NULL DEFAULT false;
CREATE INDEX image_outdated ON image (id) WHERE outdated;
-- rule-removed: images have it, and no rule looks for it any more.
ALTER TABLE finding ADD COLUMN gone_because text;
CREATE INDEX finding_rule ON finding (rule_id);
`

/** Version 4: who works on which of pg-boss's jobs. */
const FOURTH = `
CREATE TABLE job_holder (
  job_name text NOT NULL,              -- of pgboss.job
  job_id uuid NOT NULL,
  worker text,
  lease_until timestamptz,             -- the worker renews it; who does not is dead
  deaths int NOT NULL DEFAULT 0,       -- workers that died while they held it, since it last made progress
  PRIMARY KEY (job_name, job_id)
);
`

/** Version 5: what cannot be seen of an image stands with the image, no longer with the digests that lead to it. */
const FIFTH = `
CREATE TEMPORARY TABLE moved ON COMMIT DROP AS
  SELECT DISTINCT resolved.digest, image.id AS image_id, entry FROM resolved
    JOIN resolved_image ON resolved_image.digest = resolved.digest JOIN image ON image.id = resolved_image.image_id
    CROSS JOIN LATERAL jsonb_array_elements(resolved.coverage) AS entry
  WHERE entry->>'effect' = 'note'
    OR EXISTS (SELECT 1 FROM image_layer WHERE image_layer.image_id = image.id AND image_layer.digest = entry->>'blobId');
UPDATE image SET coverage = own.entries || image.coverage
FROM (SELECT image_id, jsonb_agg(DISTINCT entry) AS entries FROM moved GROUP BY image_id) AS own
WHERE own.image_id = image.id AND image.status <> 'planned';
UPDATE resolved SET coverage = COALESCE((
  SELECT jsonb_agg(entry) FROM jsonb_array_elements(resolved.coverage) AS entry
  WHERE NOT EXISTS (SELECT 1 FROM moved WHERE moved.digest = resolved.digest AND moved.entry = entry)), '[]')
WHERE digest IN (SELECT digest FROM moved);
-- What could not be read is asked for again.
DELETE FROM resolved WHERE jsonb_path_exists(coverage, '$[*] ? (@.effect == "skipped" && @.code != "LIMIT_INDEX_ENTRIES")');
`

/** Version 6: a sweep may be of named repositories alone. */
const SIXTH = `
-- Names and globs that it is asked for alone: what is not among them stays as it was. NULL: what the configuration selects.
ALTER TABLE sweep_registry ADD COLUMN named text[];
`

/** Version 7: what a registry has listed is told by the sweep's rows, so that those of the repositories stay as they are. */
const SEVENTH = `
ALTER TABLE sweep_repository ADD COLUMN listed boolean NOT NULL DEFAULT false; -- the registry had it in its list
UPDATE sweep_repository SET listed = true FROM repository
  WHERE repository.id = sweep_repository.repository_id AND repository.seen_in = sweep_repository.sweep_id;
`

/** Version 8: who puts an image together, and how many have died of it. */
const EIGHTH = `
ALTER TABLE image ADD COLUMN held_by text;             -- id of a worker
ALTER TABLE image ADD COLUMN deaths int NOT NULL DEFAULT 0; -- workers that died while they held it
CREATE INDEX image_held ON image (held_by) WHERE held_by IS NOT NULL;
`

/** Version 9: what was read of a layer may not have been what its digest names. */
const NINTH = `
ALTER TABLE layer ADD COLUMN verified boolean NOT NULL DEFAULT true; -- false: the next sweep reads it again
CREATE INDEX layer_unverified ON layer (digest) WHERE NOT verified;
UPDATE layer SET verified = false WHERE status = 'done' AND digest IN (
  SELECT entry->>'blobId' FROM image, jsonb_array_elements(coverage) AS entry WHERE entry->>'code' = 'DIGEST_MISMATCH');
`

/** Version 10: where a layer was looked for in vain. */
const TENTH = `
ALTER TABLE layer ADD COLUMN tried bigint[] NOT NULL DEFAULT '{}'; -- repositories; since a sweep took it up last
`

/** Version 11: an image that a selection of platforms no longer takes is gone. */
const ELEVENTH = `
ALTER TABLE repository ADD COLUMN platforms text; -- the selection with which its tags were looked at last
ALTER TABLE resolved ADD COLUMN images bigint[];  -- those that the selection takes; NULL: all that the digest leads to
`

/** Version 12: what an image has as a layer and was read as something less, since another image called it that, is read again. */
const TWELFTH = `
UPDATE layer SET role = 'layer', verified = false WHERE role <> 'layer' AND EXISTS (
  SELECT FROM image_layer WHERE image_layer.digest = layer.digest AND image_layer.index < 1000000);
`

/** Version 13: what nothing was found for in a registry. */
const THIRTEENTH = `
ALTER TABLE sweep_registry ADD COLUMN unmatched text[];      -- globs of repositories, and what is taken out
ALTER TABLE sweep_registry ADD COLUMN unmatched_tags text[]; -- patterns of tags; NULL: there was no tag yet
`

export const MIGRATIONS: readonly string[] = [
  FIRST,
  SECOND,
  THIRD,
  FOURTH,
  FIFTH,
  SIXTH,
  SEVENTH,
  EIGHTH,
  NINTH,
  TENTH,
  ELEVENTH,
  TWELFTH,
  THIRTEENTH,
]
