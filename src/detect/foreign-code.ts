// Whose file a path names: of packages that somebody else wrote, and what in them is a test, an example or a text for people, where a
// find is less sure.
import type { Rule } from './rule.js'
import type { Confidence } from './types.js'

/** Where package managers and distributions put other people's code. */
const FOREIGN =
  /\.examples\.json$|(?:^|\/)(?:node_modules|bower_components|site-packages|dist-packages|vendor|gems|pkg\/mod|usr\/(?:share|lib|include|src(?!\/app\/)|local\/(?:go|lib\/(?:ruby|perl5?|erlang|php)))|lib\/python[^/]*|(?:\.|usr\/local\/)cargo\/(?:registry|git)|rustup\/toolchains|\.m2\/repository|\.nuget\/packages|\.gradle\/caches|\.cache\/go-build|\.pub-cache|Pods)\//i

/** Where package managers keep what was published, as it was published: nothing of one's own is ever written there. */
const PUBLISHED =
  /(?:^|\/)(?:pkg\/mod|usr\/local\/go|(?:\.|usr\/local\/)cargo\/(?:registry|git)|rustup\/toolchains|\.m2\/repository|\.nuget\/packages|\.gradle\/caches|\.cache\/go-build|\.pub-cache)\//i

/** Folders of tests, examples and documentation. */
const FOR_TESTS = /(?:^|\/)(?:test|tests|__tests__|testdata|fixtures?|examples?|samples?|docs?|spec)\//i
/** The same in packages, where more folders and files say so: a word of their name, or how it begins or ends (testcerts, caddytest, hash_vectors). */
const EXAMPLE_NAME =
  /(?:^|[/_-])(?:tests?|testing|testdata|vectors|fixtures?|mocks?|stubs?|fakes?|examples?|samples?|demos?|docs?|spec|bench(?:mark)?s?|conformance|e2e|molecule|ci)(?=[/_-]|\.\w{1,6}$)|[.-](?:test|spec|example)s?\.\w{1,4}$|(?:^|\/)test(?:s|ing)?[a-z]*\/|[a-z](?<!la)tests?\/|[a-z]Tests?(?:[A-Z]|\/|\.\w{2,6}$)|(?:^|\/)Test[A-Z]\w*\.(?:class|java)$|\w(?:mocks?|testutils?)\//
/** Texts for people, users of a directory to begin with, settings of continuous integration, models of APIs with their documentation; archives in packages, which they test with. */
const DOCUMENT =
  /\.(?:md|rst|adoc|mdx|ronn|ldif)$|(?:^|\/)man\d?\/|(?:^|\/)\.(?:travis|appveyor|gitlab-ci)\.yml$|(?:^|\/)\.(?:github|circleci)\/|(?:^|\/)(?:README[^/]*|PKG-INFO[^/]*|METADATA)$|\/data\/[\w-]+\/\d{4}-\d\d-\d\d\/service-\d\.json$|(?:node_modules|(?:site|dist)-packages|pkg\/mod|gems)\/.*!\//i

/** Folders below /usr/share in which programs' images keep what their user writes. */
const OWN =
  /(?:^|\/)usr\/share\/(?:(?:logstash|elasticsearch|kibana|opensearch(?:-dashboards)?|apm-server|[a-z]{3,9}beat)\/(?:config|pipeline|modules\.d|[\w-]{1,30}\.ya?ml$)|nginx\/html\/|grafana\/conf\/|jenkins\/ref\/)/i

/** Code that others wrote, who published what stands in it. */
export const isForeign = (path: string): boolean => FOREIGN.test(path) && !OWN.test(path)

/** A folder of tests, examples or documentation, whoever wrote them. */
export const isForTests = (path: string): boolean => FOR_TESTS.test(path)

/** In a package: what its makers test with, show or tell, and all that a package manager keeps as it was published. */
const isExample = (path: string): boolean =>
  PUBLISHED.test(path) || isForTests(path) || EXAMPLE_NAME.test(path) || DOCUMENT.test(path)

type Whose = 'own' | 'package' | 'example'

let last: { readonly path: string; readonly whose: Whose } | undefined

/** Asked for each match of a file. */
function whoseIs(path: string): Whose {
  if (last?.path === path) return last.whose
  const whose = !isForeign(path) ? 'own' : isExample(path) ? 'example' : 'package'
  last = { path, whose }
  return whose
}

/** Tokens and keys of examples are made up, or known to everybody. */
const ofExample = (confidence: Confidence, selfMade: boolean): Confidence =>
  confidence === 'high' && !selfMade ? 'medium' : 'low'

/** What needs no service to make it is one step less sure: who has the package has the key. */
const ofPackage = (confidence: Confidence, selfMade: boolean): Confidence =>
  confidence === 'high' && selfMade ? 'medium' : confidence

/** Secrets that no provider's page revokes: private keys, passwords, hashes. Everybody makes them, and so do tests. */
export const isSelfMade = ({ own, remediation }: Rule): boolean => own !== true && !/https?:\/\//.test(remediation)

/** What else is known of a find. */
export interface Circumstances {
  /** isSelfMade() of its rule. */
  readonly selfMade?: boolean
  readonly commented?: () => boolean
  /** It documents code. */
  readonly documented?: () => boolean
}

/**
 * How sure it is that somebody has to revoke what looks like a secret there. In packages, what is commented out counts as an example, as
 * their tests and documentation do. In one's own code a key of a service is a leak wherever it stands; of what everybody makes, what documents
 * the code is less sure.
 */
export function surenessAt(
  path: string | undefined,
  confidence: Confidence,
  { selfMade = false, commented = () => false, documented = () => false }: Circumstances = {},
): Confidence {
  const whose = path === undefined ? 'own' : whoseIs(path)
  if (whose === 'own') return selfMade && documented() ? (confidence === 'high' ? 'medium' : 'low') : confidence
  return whose === 'example' || commented() ? ofExample(confidence, selfMade) : ofPackage(confidence, selfMade)
}

/**
 * The same for a find that was judged before it was known that its file is a package's. Values under secret-like names are made up there, or
 * words of a program.
 */
export function surenessInPackage(path: string, confidence: Confidence, rule: Rule): Confidence {
  if (isForeign(path)) return confidence
  if (rule.kind === 'generic') return 'low'
  return isExample(path) ? ofExample(confidence, isSelfMade(rule)) : ofPackage(confidence, isSelfMade(rule))
}
