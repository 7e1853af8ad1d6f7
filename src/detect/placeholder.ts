// Values that nobody filled in: references to what stands elsewhere, templates, filler, "your-api-key". Of a value alone, wherever it stands.

/**
 * References to a value that stands elsewhere (in a Compose file with doubled dollars), and templates: `$PW`, `$(cmd)`, `${{ x }}`, `{{ x }}`,
 * `{x}`, `<x>`, `**X` of bold type, `^X^`, `${1:x}` of a snippet, `[x]`, `%X%`, `%s`, `%(x)s`, `#{x}`, the path of a mounted secret, the address of one in a store (`arn:aws:`, `op://`,
 * `vault:secret/`). A password hash begins with a dollar too, and `$p1ckl3#Canyon12` names no variable. `%ADMIN_KEY%`
 * may have lost what reads as an escape: `%AD`. A blank stands for the first dollar of a Compose file's `$$PW`; a quotation
 * mark may end a shell's string before its variable: `"pw='$PW'"`.
 */
const REFERENCE =
  /^ ?(?:["']\$[A-Za-z_({]|(?!\$[0-9A-Za-z-]{1,12}\$[^$\s]{2}|\$[A-Za-z]{1,4}[0-9][A-Za-z0-9]*[#*!^+~?@][A-Za-z]+[0-9]+$)\$\{?[A-Za-z_]|\$\$?\(|\$\$\{[A-Za-z_]|\$\$[A-Za-z_]\w*$|\$\{\w+\}$|\$\{\{|\{\{|\{[\w. -]{0,60}\}$|#\{|\*?<[^<>]*>$|\^[A-Z0-9]{2,12}\^|\$\{\d+[:}]|\[(?:parameters|variables|reference|concat|listKeys)\(|\*\*[A-Z][a-z]+$|%[A-Za-z_][\w.]*%$|[^\w\s]?[A-Z0-9]{1,20}(?:_[A-Z0-9]{1,20}){1,6}%$|%env\(|%(?:\([\w.]+\))?[a-z]$|%\{|@[\w.-]+@$|\\(?:x1b|e|033|u001b)\[|::add-mask::|!!?(?:vault|Ref|Sub|GetAtt|env|secret|include|ImportValue|unsafe|str|binary)(?:_[a-z]+)?\b|\[[A-Za-z _-]+\]$|\([a-z][a-z -]*\)$|env[.(:]|process\.env|os\.environ|getenv|(?:cat|aws|vault|gcloud|kubectl|az|op|sops|openssl|docker|pwgen|gopass|lpass|secret-tool)\s+[-/$~.a-z<]|@?\/(?:var\/)?run\/secrets\/[\w.-]+@?$|arn:aws[\w-]*:|(?:op|ref\+[a-z]+|vault|ssm|secretsmanager|keyvault|awssm|gcpsm|akeyless|bws|keyring):\/\/|secretref:|@Microsoft\.(?:KeyVault|AppConfiguration)\(|hmac-sha256:[0-9a-f]{64}$|(?:vault|ssm):[\w.-]+\/|projects\/[\w-]+\/secrets\/)/
/** In latin1, as values are: an ellipsis or a bullet is three characters. Quotes and brackets of the text round it may stand behind. */
const FILLER =
  /^(?:x{3,}|\*{2,}|\.{3,}|(?:\xe2\x80[\xa2\xa6]|\xe2\x97\x8f)+|-{3,}|_{3,}|0{4,}|1234567890?|n\/?a|todo|tbd|none|null|nil|undefined|unset|not[-_ ]?(?:set|defined|provided|configured)|missing|required|true|false|yes|no|on|off|enabled?|disabled?)[`"'),;\]}]*$/i
/** Cut short or masked by who wrote it: "sk-abc…", "ghp_1234...", "sk-...a1b2", "a1b2********". */
const CUT_SHORT =
  /\xe2\x80\xa6|^\.{3}|^[\w-]{1,40}\.{3,12}[\w-]{1,40}$|\.{3}[`"'),;\]}]*$|[*#]{5}|^[\w-]{1,12}\*{3}$|^\*{2,}[\w -]{1,20}\*{2,}$|(?:\xe2\x80\xa2){3}/
/** The short words count only where a word begins: random characters spell "my" and "add" often enough. */
const PLACEHOLDER =
  /(?:^|[-_ .])(?:your|some|insert|enter|replace|add|put|sample|dummy)(?:[-_ ]|api|secret|key|token|password|here|value|me)|(?:^|[-_ .])my[-_ ]?(?:api|secret[-_ ]?(?:key|token|value)?|key|token|password|value|app)\b|(?:^|[-_ .])my[-_ ][0-9A-Za-z]{1,12}[-_ ](?:api[-_ ]?(?:key|token)|(?:secret|access)[-_ ]?key|(?:auth|access)[-_ ]?token)$|your[-_]?(?:api|access|secret|token|password|key)|^(?:random|some|any)[-_]?password$|(?:^|[-_ .])(?:fake|bogus|mock(?:ed)?|invalid|not[-_ ]?(?:a[-_ ]?)?(?:real|secret))(?:[-_ .]|$)|(?:^|[^a-z])(?:put|place|enter|insert|type)[a-z_ -]{0,24}here$|goes[_ -]?here|(?:^|[^a-z])must[_ -]?be|example|placeholder|redacted|changeme_?here|change[-_]?(?:me|this|it)[-_ ](?:here|before|now|please|in|to|later|on|after|asap|immediately)|0{7}|x{8}$/i

/** YourBase64EncodedCredentials. */
const YOURS = /^[Yy]our[A-Z][a-z]/

/** What characters a value is made of, as a regular expression has it: `[A-Za-z0-9_-]+`. */
const CHARACTER_CLASS = /^\^?\[?\^?(?:a-z|A-Z|0-9){2}/i

/** The name of a variable or a parameter that says what should stand there: DOCKER_PASSWORD, MasterUserPassword. */
const NAME_OF_VALUE =
  /^(?:[A-Z][A-Z0-9]{0,20}_){1,4}(?:PASSWORD|PASSWD|PASS|PWD|TOKEN|SECRET|KEY)$|^(?:(?:[Mm]aster|[Aa]dmin|[Rr]oot|[Dd]b|DB|[Dd]atabase|[Uu]ser|[Cc]lient|[Aa]pi|API|[Ll]ogin)(?=[A-Z])){2,4}(?:Password|Passwd|Token|Secret|Key)$/

/** true where a value names one that stands elsewhere, or a template fills it in. */
export const isReference = (value: string): boolean => REFERENCE.test(value)

/** true where an ellipsis stands for a value or for a part of it. */
export const isCutShort = (value: string): boolean => CUT_SHORT.test(value)

/** true where a value is a reference, a template or filler: not worth counting. */
export function isPlaceholder(value: string): boolean {
  return (
    REFERENCE.test(value) ||
    FILLER.test(value) ||
    isCutShort(value) ||
    !hasThreeCharacters(value) ||
    isOneCharacter(value) ||
    PLACEHOLDER.test(value) ||
    YOURS.test(value) ||
    NAME_OF_VALUE.test(value) ||
    isSequence(value, LONG) ||
    isSequence(behindPrefix(value), behindPrefix(value) === value ? LONG : LONG_BEHIND_PREFIX) ||
    isTwoSequences(value) ||
    CHARACTER_CLASS.test(value)
  )
}

/** What stands behind the prefix of a token: sk_live_…, sk-…, SG.…. */
const behindPrefix = (value: string): string => value.replace(/^.*_|^[a-z]{1,4}-|^[A-Z]{2}\./, '')

/** From how many characters on a sequence may be of several pieces: "ABCDEvwxyz0189-_". Behind the prefix of a token: "sk-abc123def456". */
const [LONG, LONG_BEHIND_PREFIX] = [16, 12]

/** "0123456789abcdef", also over and over, backwards or with hyphens: what people type who have no key yet. */
function isSequence(text: string, long: number): boolean {
  const most = text.length / (text.length < long ? 5 : 3)
  let [steps, misses, last] = [0, 0, -1]
  for (let i = 0; i < text.length && misses <= most; i++) {
    const code = text.charCodeAt(i)
    if (code === 0x2d) continue
    const place = placeOf(code)
    if (last >= 0 && place >= 0 && Math.abs(place - last) === 1) steps++
    else misses++
    last = place
  }
  return steps >= Math.max(7, text.length / 2) && misses <= most
}

/** Two sequences that take turns, each upwards, behind a prefix or not: "a1b2c3d4e5f6g7h8". */
function isTwoSequences(value: string): boolean {
  const text = behindPrefix(value)
  if (text.length < 12) return false
  let steps = 0
  for (let i = 2; i < text.length; i++) if (placeOf(text.charCodeAt(i)) === placeOf(text.charCodeAt(i - 2)) + 1) steps++
  return steps >= (text.length - 2) * 0.8
}

/** Where a letter or digit stands in "0…9a…z"; -1 of any other character. */
function placeOf(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const folded = code | 0x20
  return folded >= 0x61 && folded <= 0x7a ? folded - 0x57 : -1
}

/** Long parts that are one character over and over, whatever begins them: "ghp_aaaa…", "sdk-00000000-…". Zero bytes in base64 are less. */
function isOneCharacter(text: string): boolean {
  const parts = text.match(/[0-9A-Za-z]{8,}/g) ?? []
  return parts.length > 0 && parts.every((part) => longestRun(part) > part.length * 0.6)
}

function longestRun(text: string): number {
  let [longest, run] = [0, 0]
  for (let i = 0; i < text.length; i++) {
    run = text[i] === text[i - 1] ? run + 1 : 1
    if (run > longest) longest = run
  }
  return longest
}

/** Whether three different characters stand in `text`. */
function hasThreeCharacters(text: string): boolean {
  const [first] = text
  let second: string | undefined
  for (const character of text) {
    if (character === first || character === second) continue
    if (second !== undefined) return true
    second = character
  }
  return false
}
