// What a path says of a value with a secret-like name in that file: settings, code, labels, other people's code.
import { isForeign, isForTests } from './foreign-code.js'

const CONFIG_FILE =
  /(?:^|\/)(?:\.env[^/]*|[^/]*\.env|\.?[^/]*(?:rc|conf|cf|cnf|cfg|ini|properties|toml|ya?ml|json|xml|pubxml|publishsettings|dtsx|rdl|asset|tfvars|tfstate|config|credentials|secrets?|netrc|service|sh|bash|zsh|profile|history|sql|plist|bak|old|orig|txt|text|har|jmx|sls|bru|https?|rest|bat|cmd|fish|csh|rsc|edn|hcl|mk|inf|reg|udl|dsn|ovpn|nmconnection|prefs|settings|props)|dockerfile[^/]*|[^/]*\.dockerfile|docker-compose[^/]*|environment|credentials|secrets?|config)$/i
const CODE_FILE =
  /\.(?:[cm]?[jt]sx?|py|pyi|rb|go|java|kt|scala|rs|php|phtml|cs|c|cc|cpp|h|hpp|swift|m|lua|pl|pm|t|vue|svelte|html?|css|scss|md|markdown|rst|adoc|1|3|5|7|8|po|mo|tex|svg|map|d|el|vim|ipynb|snap|test|spec)$/i
/** Where what no quotes stand round is code, and no text of people or settings. */
const PROGRAM_FILE = /\.(?:[cm]?[jt]sx?|pyi?|go|java|kt|scala|rs|php|cs|c|cc|cpp|h|hpp|swift|dart)$/i
/** Settings in the syntax of a language. */
const SETTINGS_IN_CODE = /\.(?:cfg|conf)\.lua$/i
/** Anything may stand in them: settings, notes, code. */
export const TEXT_FILE = /(?:^|\/)[^./]+$|\.te?xt$/i
const CONFIG_NAME = /(?:^|\/)(?:environment|credentials|secrets?|config)$/i
/** Files of bare NAME=value lines, in which nobody labels a field or names a type. */
export const ENV_FILE =
  /(?:^|[/.])env(?:\.[^/]*)?$|\.(?:properties|ini|cfg|cnf|envrc|tfvars|(?:bash|zsh)_?(?:profile|rc|env|login)|profile)$|(?:^|\/)etc\/(?:(?:default|sysconfig|conf\.d)\/[^/]+|environment)$/i
/** Files of settings in which an account stands with its password. */
export const ACCOUNT_FILE = /\.(?:ya?ml|json|xml|conf|config|toml|hcl)$/i
/** Where NAME=value is a variable with a literal, quoted or not. */
export const SHELL_FILE =
  /\.(?:ba|z|k)?sh$|(?:^|\/)\.(?:ba|z|k)?sh_history$|(?:^|\/)(?:cron\.[a-z]+|s?bin|init\.d)\/[^./]+$|(?:^|\/)dockerfile[^/]*$/i
/** Files of settings in which an account's password stands without its user. */
export const SETTINGS_FILE =
  /(?:^|\/)(?:appsettings[\w.-]*\.json|(?:parameters|application[\w-]*|secrets|credentials)\.ya?ml|local\.xml)$/i
/** Folders of other people's code and of tests, where a literal under a secret-like name is nearly always an example. */
export const isVendored = (path: string): boolean =>
  isForeign(path) || isForTests(path) || /(?:^|\/)(?:locales?|i18n)\//i.test(path)
/** One's own samples, which run with keys of one's own: what a person made up is an example there, what looks random mostly is none. */
const isOwnSample = (path: string): boolean =>
  !isForeign(path) &&
  /(?:^|\/)(?:examples?|samples?)\//i.test(path) &&
  !/(?:^|\/)(?:tests?|testdata|fixtures?|spec)\//i.test(path)

/** What a program is started with, and no sample of it to fill in: a project's .env. */
export const isOwnEnvFile = (path: string): boolean => /(?:^|\/)\.env$/.test(path) && !isVendored(path)

/** Program code in the narrow sense. */
export const isProgram = (path: string): boolean => PROGRAM_FILE.test(path)

/** Texts that a program shows: "Password" is a label in them. */
const LABELS =
  /(?:^|\/)(?:[^/]*(?:messages|labels|translations?|strings|i18n|l10n)[\w.-]*\.(?:properties|ya?ml|json|xml|strings|resx)|(?:lang|translations?|languages\/[a-z]{2,3}[-_][A-Z]{2,4})\/[^/]*)$/i

/** Programs and scripts in languages that assign with a sign, and neither markup nor texts. */
const SOURCE_FILE =
  /\.(?:[cm]?[jt]s|py|rb|go|java|kts?|groovy|gradle|scala|rs|php\d?|cs|vb|c|cc|cpp|h|hpp|ino|swift|m|dart|lua|p[lm]|ps1|psm1|r|jl|exs?|tf|ipynb)$/i
export const isSource = (path: string): boolean => SOURCE_FILE.test(path)

/** What a path says of the values in its file. */
export interface FileKind {
  readonly path: string
  readonly labels: boolean
  readonly vendored: boolean
  readonly sample: boolean
  readonly code: boolean
  /** Anything may stand in it. */
  readonly text: boolean
}

let last: FileKind | undefined

/** Worked out once a file: its values are judged one after another. */
export function kindOf(path: string): FileKind {
  if (last?.path === path) return last
  const config = CONFIG_FILE.test(path)
  last = {
    path,
    labels: LABELS.test(path),
    vendored: isVendored(path),
    sample: isOwnSample(path),
    code: !SETTINGS_IN_CODE.test(path) && (CODE_FILE.test(path) || (!config && /\.[a-z0-9]{1,5}$/i.test(path))),
    text: TEXT_FILE.test(path) && !CONFIG_NAME.test(path),
  }
  return last
}
