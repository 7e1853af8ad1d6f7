// Programs that keep their logins in JSON: one table row a format.

import { jsonStrings } from '../../support/json-strings.js'
import type { FileDetector, Match } from '../types.js'
import { passwordMatch } from './match.js'
import { anyOf, latin1 } from './text.js'

interface JsonFormat {
  readonly ruleId: string
  readonly path: RegExp
  /** Names of the values that are secrets. */
  readonly names: RegExp
  /** One of the objects round the value must have such a name. */
  readonly inside?: RegExp
  /** Shorter values are none (default 4). */
  readonly least?: number
  /** Values that are no secret. */
  readonly except?: RegExp
}

const FORMATS: readonly JsonFormat[] = [
  {
    ruleId: 'gcloud-cli-credentials',
    path: /(?:^|\/)(?:application_default_credentials|adc|legacy_credentials\/[^/]+\/[^/]+)\.json$|(?:^|\/)gcloud\/credentials\.json$/i,
    names: /^(?:refresh_token|client_secret|access_token|token)$/,
    least: 16,
    // The program's own, which its sources publish: everybody's file has one beside the refresh token.
    except: /^(?:d-FL95Q19q7MQ|ZmssLNjJy2998)/,
  },
  {
    ruleId: 'azure-cli-token',
    path: /(?:^|\/)(?:accesstokens|msal_token_cache|service_principal_entries|azureprofile|tokencache)\.(?:json|dat)$/i,
    names: /^(?:accesstoken|refreshtoken|secret|client_secret|access_token)$/i,
    least: 16,
  },
  {
    ruleId: 'composer-auth',
    path: /(?:^|\/)(?:\.composer\/|composer\/)?auth\.json$/i,
    names: /^password$|^[a-z0-9.-]+\.[a-z]{2,}$|^token$/i,
    inside: /^(?:http-basic|bearer|gitlab-token|gitlab-oauth|github-oauth|bitbucket-oauth)$/,
  },
  {
    ruleId: 'sftp-client-password',
    path: /(?:^|\/)(?:\.vscode\/sftp|sftp-config(?:-alt)?|\.ftpconfig|\.ftpaccess|\.ftppass|\.ftp-deploy|\.remote-sync|deployment-config|ftp-sync|\.?sftp)(?:\.json)?$/i,
    names: /^(?:pass|password|passphrase)$/,
  },
  {
    ruleId: 'robomongo-password',
    path: /(?:^|\/)(?:robo3t|robomongo)\.json$/i,
    names: /^(?:userpassword|userpasswordencrypted|sshuserpassword|(?:ssh)?passphrase)$/i,
  },
  {
    ruleId: 'terraform-state-secret',
    path: /\.tfstate(?:\.backup|\.\d+\.backup)?$/i,
    names:
      /(?:password|passwd|secret|private_key|private_key_pem|token|access_key|api_key|connection_string|master_key|auth_key|^result)$/i,
    least: 6,
  },
  {
    ruleId: 'terraform-state-secret',
    path: /\.tfstate(?:\.backup|\.\d+\.backup)?$/i,
    names: /^value$/,
    inside: /(?:password|passwd|secret|token|private_key|access_key|api_key)$/i,
    least: 6,
  },
  {
    ruleId: 'terraform-cli-token',
    path: /(?:^|\/)credentials\.tfrc\.json$/i,
    names: /^token$/,
    inside: /^credentials$/,
  },
  {
    ruleId: 'firefox-login',
    path: /(?:^|\/)logins(?:-backup)?\.json$/i,
    names: /^encryptedPassword$/,
    inside: /^logins$/,
    least: 16,
  },
  {
    ruleId: 'azure-functions-local-settings',
    path: /(?:^|\/)local\.settings\.json$/i,
    names: /(?:password|secret|key|connectionstring|token)$/i,
    inside: /^(?:values|connectionstrings)$/i,
    least: 8,
  },
  {
    ruleId: 'dotnet-token-signing-key',
    path: /(?:^|\/)appsettings[\w.-]*\.json$/i,
    names: /^(?:(?:issuer)?signing|security|secret)?key$|^secret$/i,
    inside: /^jwt(?:bearer|settings|options|config(?:uration)?|auth|tokens?)?$/i,
    least: 16,
  },
  {
    ruleId: 'jupyter-password',
    path: /(?:^|\/)jupyter_(?:notebook|server|lab)_config\.json$/i,
    names: /^(?:password|hashed_password|token)$/,
    least: 8,
  },
  { ruleId: 'podman-login', path: /(?:^|\/)containers\/auth\.json$/i, names: /^(?:identitytoken|password)$/ },
  {
    ruleId: 'minio-client-key',
    path: /(?:^|\/)\.mc(?:li)?\/config\.json$/i,
    names: /^(?:secretKey|sessionToken)$/,
    inside: /^(?:aliases|hosts)$/,
    // Of the public playground, in everybody's file.
    except: /^zuf\+tfteSlswRu7BJ86wek/,
  },
  {
    ruleId: 'tunnel-configuration-secret',
    path: /(?:^|\/)(?:shadowsocks|ss-?(?:server|local|config)|trojan(?:-go)?|v2ray|xray|sing-box|hysteria2?)[^/]*(?:\/.*)?\.json$/i,
    names: /^(?:password|psk|obfs|auth_str|private_?key|preshared_?key|uuid)$/i,
  },
  {
    ruleId: 'tunnel-configuration-secret',
    path: /(?:^|\/)(?:shadowsocks|ss-?(?:server|local|config))[^/]*(?:\/.*)?\.json$/i,
    names: /^\d{1,5}$/,
    inside: /^port_password$/,
  },
  {
    ruleId: 'tunnel-configuration-secret',
    path: /(?:^|\/)(?:v2ray|xray)[^/]*(?:\/.*)?\.json$/i,
    names: /^id$/,
    inside: /^(?:clients|users)$/,
    least: 30,
  },
  {
    ruleId: 'gitlab-secrets-file',
    path: /(?:^|\/)gitlab-secrets\.json$/i,
    names: /(?:_key|_key_base|_secret|_token|_salt|private_key|password)$/,
    least: 16,
  },
  { ruleId: 'netlify-cli-token', path: /(?:^|\/)\.?netlify\/config\.json$/i, names: /^token$/, inside: /^users$/ },
  { ruleId: 'vercel-cli-token', path: /(?:^|\/)(?:com\.vercel\.cli|\.vercel|\.now)\/auth\.json$/i, names: /^token$/ },
]

const PATHS = anyOf(FORMATS.map((format) => format.path))

export const jsonFiles: FileDetector = {
  ruleIds: [...new Set(FORMATS.map((format) => format.ruleId))],
  maxBytes: 16 * 1024 * 1024,
  accepts: (path) => PATHS.test(path),
  scan(file, path) {
    const formats = FORMATS.filter((format) => format.path.test(path))
    const matches: Match[] = []
    for (const found of jsonStrings(latin1(file))) {
      const name = found.path.at(-1) ?? ''
      const { value, start, end } = found
      for (const { ruleId, names, inside, least = 4, except } of formats) {
        if (value.length < least || !names.test(name) || except?.test(value) === true) continue
        if (inside && !found.path.slice(0, -1).some((part) => inside.test(part))) continue
        matches.push(...passwordMatch({ ruleId, start, end, value, key: name }))
      }
    }
    return matches
  },
}
