// The one table of settings: each row is a flag, a SECRETSCAN_* variable and a key of .secretscan.yaml at once, with its default.
// What it does not hold: arguments, and the reading of flags (commands/shared/flags.ts).

import type { SettingDefinition, ValueOf } from './setting.js'
import { VAULT_SETTINGS } from './vault-settings.js'

const MIB = 1024 * 1024
const SEVERITIES = ['critical', 'high', 'medium', 'low'] as const
const CONFIDENCES = ['high', 'medium', 'low'] as const

export const REPORT_FORMATS = ['table', 'json', 'sarif'] as const
export type ReportFormat = (typeof REPORT_FORMATS)[number]

export const SETTINGS = {
  format: {
    kind: 'choice',
    choices: REPORT_FORMATS,
    default: 'table',
    scopes: ['scan', 'findings'],
    summary: 'Form of the main output',
  },
  json: {
    kind: 'boolean',
    scopes: ['every'],
    summary: 'Print only JSON on standard output, failures too',
  },
  output: {
    kind: 'text',
    placeholder: 'FILE',
    path: true,
    scopes: ['scan', 'findings'],
    summary: 'Write the main output to a file',
  },
  report: {
    kind: 'list',
    placeholder: 'FORMAT=FILE',
    scopes: ['scan', 'findings'],
    summary: 'Write a further report to a file (repeatable)',
  },
  rules: {
    kind: 'list',
    placeholder: 'PATH',
    path: true,
    scopes: ['scan', 'rules', 'findings'],
    summary: 'Own rules: a YAML pack or a folder of packs (repeatable)',
  },
  'no-default-rules': {
    kind: 'boolean',
    scopes: ['scan', 'rules', 'findings'],
    summary: 'Leave the built-in rules out',
  },
  rule: {
    kind: 'list',
    placeholder: 'ID',
    scopes: ['scan', 'findings'],
    summary: 'Report only what this rule finds (repeatable)',
  },
  'skip-rule': {
    kind: 'list',
    placeholder: 'ID',
    scopes: ['scan', 'findings'],
    summary: 'Leave out what this rule finds (repeatable)',
  },
  'min-severity': {
    kind: 'choice',
    choices: SEVERITIES,
    default: 'low',
    scopes: ['scan', 'findings'],
    summary: 'Report findings of this severity or worse',
  },
  'min-confidence': {
    kind: 'choice',
    choices: CONFIDENCES,
    default: 'medium',
    scopes: ['scan', 'findings'],
    summary: 'Report findings of this confidence or better',
  },
  'fail-on': {
    kind: 'choice',
    choices: [...SEVERITIES, 'never'],
    default: 'low',
    scopes: ['scan', 'findings'],
    summary: 'Exit with 1 where a finding has this severity or worse',
  },
  'allow-incomplete': {
    kind: 'boolean',
    scopes: ['scan', 'findings'],
    summary: 'Exit with 0 even where part of the target was not scanned',
  },
  baseline: {
    kind: 'text',
    placeholder: 'FILE',
    path: true,
    scopes: ['scan', 'findings'],
    summary: 'Suppress the findings whose fingerprints are in this file',
  },
  'ignore-file': {
    kind: 'text',
    placeholder: 'FILE',
    path: true,
    default: '.secretscanignore',
    scopes: ['scan', 'findings'],
    summary: 'Paths, fingerprints and rules to ignore',
  },
  'inline-ignores': {
    kind: 'boolean',
    scopes: ['scan'],
    summary: 'Let "secretscan:ignore" comments count inside images too',
  },
  'show-suppressed': {
    kind: 'boolean',
    scopes: ['scan', 'findings'],
    summary: 'List suppressed findings, with the reason',
  },
  'max-file-size': {
    kind: 'bytes',
    scopes: ['scan'],
    summary: 'Scan no file above this size; what is left out is reported (default: no limit)',
  },
  'max-decode-depth': {
    kind: 'count',
    minimum: 0,
    default: 3,
    scopes: ['scan'],
    summary: 'Text encodings (base64, hex, escapes) seen through, one inside the other',
  },
  'max-archive-depth': {
    kind: 'count',
    minimum: 0,
    default: 4,
    scopes: ['scan'],
    summary: 'Archives and compressed files opened, one inside the other',
  },
  concurrency: {
    kind: 'count',
    minimum: 1,
    scopes: ['scan'],
    summary: 'Worker threads (default: one for each processor, at most 4)',
  },
  'no-cache': { kind: 'boolean', scopes: ['scan'], summary: 'Neither read nor write the layer cache' },
  'cache-max-size': {
    kind: 'bytes',
    default: 512 * MIB,
    scopes: ['scan'],
    summary: 'Size that the layer cache is kept under',
  },
  'show-secrets': {
    kind: 'boolean',
    scopes: ['scan'],
    summary: 'Print values in plain; files that hold them are readable by their owner only',
  },
  quiet: { kind: 'boolean', scopes: ['every'], summary: 'Print no progress, no notes and no advice' },
  'no-progress': { kind: 'boolean', scopes: ['scan'], summary: 'Show no progress' },
  'no-color': { kind: 'boolean', scopes: ['every'], summary: 'Print without colour' },
  'no-input': { kind: 'boolean', scopes: ['every'], summary: 'Never ask; name the missing flag instead' },
  offline: { kind: 'boolean', scopes: ['scan'], summary: 'Open no connection to a registry' },
  debug: { kind: 'boolean', scopes: ['every'], summary: 'Show where an error was thrown' },

  all: {
    kind: 'boolean',
    scopes: ['image', 'container'],
    summary: 'All images of the engine, each layer read once; or all containers that run',
  },
  platform: {
    kind: 'text',
    placeholder: 'OS/ARCH',
    scopes: ['image', 'compose'],
    summary: 'Choose from an index: os/arch[/variant], or "all" (default: linux and the architecture of this machine)',
  },
  services: {
    kind: 'boolean',
    scopes: ['container'],
    summary: 'Scan what the Swarm services are told too: environment, arguments, labels, configs',
  },
  source: {
    kind: 'choice',
    choices: ['docker', 'podman', 'registry', 'archive', 'oci'],
    scopes: ['image', 'container', 'compose'],
    summary: 'Where all images come from',
  },
  'base-image': {
    kind: 'text',
    placeholder: 'REF',
    scopes: ['image'],
    summary: 'Mark what this image brought; "auto" looks for it',
  },
  origin: {
    kind: 'choices',
    choices: ['own', 'base'],
    scopes: ['image'],
    summary: 'Report only findings of this origin (repeatable, or a,b)',
  },
  since: {
    kind: 'text',
    placeholder: 'REF',
    scopes: ['image'],
    summary: 'Report only what the image has beyond this one',
  },
  dangling: { kind: 'boolean', scopes: ['image'], summary: 'With --all: images without a name too' },
  exposure: {
    kind: 'choices',
    choices: ['final', 'deleted', 'overwritten', 'metadata'],
    scopes: ['image', 'findings'],
    summary: 'Report only findings with this exposure (repeatable, or a,b)',
  },
  'skip-layers': { kind: 'boolean', scopes: ['image'], summary: 'Scan the configuration and the history only' },
  'skip-config': { kind: 'boolean', scopes: ['image'], summary: 'Scan the layers only' },
  'include-attestations': {
    kind: 'boolean',
    scopes: ['image', 'compose'],
    summary: 'Scan provenance and SBOM attestations too',
  },
  'allow-foreign-layers': {
    kind: 'boolean',
    scopes: ['image', 'compose'],
    summary: 'Download layers from the addresses that the image names',
  },
  'max-manifest-size': {
    kind: 'bytes',
    default: 4 * MIB,
    scopes: ['image', 'compose'],
    summary: 'Read no manifest, index or configuration above this size',
  },
  follow: { kind: 'boolean', scopes: ['image'], summary: 'Follow links of an OCI layout that point outside it' },
  'insecure-registry': {
    kind: 'list',
    placeholder: 'HOST',
    scopes: ['image', 'compose'],
    summary: 'Allow plain HTTP and unverified TLS for this registry (repeatable)',
  },
  'registry-ca': {
    kind: 'text',
    placeholder: 'FILE',
    path: true,
    scopes: ['image', 'compose'],
    summary: 'Certificate authorities for registries (PEM)',
  },
  'as-build-context': {
    kind: 'boolean',
    scopes: ['dir'],
    summary: 'Scan only what "docker build" would send, by .dockerignore',
  },
  'git-history': {
    kind: 'boolean',
    scopes: ['dir'],
    summary: 'Scan all objects of the git repository that the path belongs to, wherever they lie',
  },

  file: {
    kind: 'list',
    placeholder: 'FILE',
    path: true,
    char: 'f',
    scopes: ['compose'],
    summary: 'Compose file (repeatable; default: as docker compose finds it)',
  },
  images: { kind: 'boolean', scopes: ['compose'], summary: 'Scan the images that the services name too' },
  profile: {
    kind: 'list',
    placeholder: 'NAME',
    scopes: ['compose'],
    summary: 'Take in the services of this profile (repeatable)',
  },

  ...VAULT_SETTINGS,
} as const satisfies Record<string, SettingDefinition>

export type SettingName = keyof typeof SETTINGS

/** Every setting with its value; bytes in bytes, absent optional ones undefined, absent lists empty. */
export type Settings = { readonly [N in SettingName]: ValueOf<(typeof SETTINGS)[N]> }

/** The rows, as one type. */
export const settingRows: readonly (readonly [SettingName, SettingDefinition])[] = Object.entries(SETTINGS) as [
  SettingName,
  SettingDefinition,
][]
