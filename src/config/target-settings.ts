// Settings of what is scanned: images, containers, folders and Compose projects. A part of the table in settings.ts.
import type { SettingDefinition } from './setting.js'

const MIB = 1024 * 1024

export const TARGET_SETTINGS = {
  all: {
    kind: 'boolean',
    scopes: ['image', 'container'],
    summary: 'All that the engine has in place of named ones: images, each layer read once; containers, those that run',
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
  'env-file': {
    kind: 'list',
    placeholder: 'FILE',
    path: true,
    scopes: ['compose'],
    summary: 'File instead of .env (repeatable)',
  },
  images: { kind: 'boolean', scopes: ['compose'], summary: 'Scan the images that the services name too' },
  profile: {
    kind: 'list',
    placeholder: 'NAME',
    scopes: ['compose'],
    summary: 'Take in the services of this profile (repeatable)',
  },
} as const satisfies Record<string, SettingDefinition>
