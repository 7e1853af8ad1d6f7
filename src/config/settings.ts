// The one table of settings: each row is a flag, a SECRETSCAN_* variable and a key of .secretscan.yaml at once, with its default.
// What it does not hold: arguments, and the reading of flags (commands/shared/flags.ts).

import type { SettingDefinition, ValueOf } from './setting.js'
import { TARGET_SETTINGS } from './target-settings.js'
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
    summary: 'Threads that scan (default: one for each processor, at most 4)',
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

  ...TARGET_SETTINGS,
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
