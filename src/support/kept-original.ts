// What a migration keeps for its rollback: copies of a project's files, which are never where a value is to be looked for first.
const KEPT_ORIGINAL = /(?:^|\/)\.secretscan\/migrations\/[^/]+\/(?:originals|staged)\/(?:value-)?\d+$/

/** true of a place in a copy of a file or a value that a migration keeps until `migrate clean`. */
export const isKeptOriginal = (place: object): boolean => 'path' in place && KEPT_ORIGINAL.test(String(place.path))
