// How programs are given passwords where no option's name says so, written as their manuals write it. Knows programs, no values.
import { escaped } from '../support/regexp.js'
import type { WordPart } from './command-words.js'

/**
 * A line: the program (a regular expression), then words. SECRET is the password, with what stands around it in its word (USER and the like: a
 * name); another word in capitals is any word, `…` any number of them and SECRET then the last one; the others are regular expressions for
 * themselves. Options may stand between. What follows the last word does not matter.
 */
const USAGES = `
(mysql|mariadb)(?!d$)\\w*|(mysql|mariadb)-\\w+|mydumper|myloader -pSECRET
mysqlsh|mydumper|myloader -p SECRET
(mysql|mariadb-)admin password SECRET
7z\\w* -pSECRET
mongosh?|mongo(dump|restore|import|export|stat|top|files) -p SECRET
mongosh?|mongo(dump|restore|import|export|stat|top|files) -pSECRET
rabbitmqadmin|cypher-shell|cqlsh|influx|clickhouse-client -p SECRET
(redis|valkey|keydb)-cli -a SECRET
(redis|valkey|keydb)-cli auth SECRET
(redis|valkey|keydb)-(cli|server) >SECRET
(redis|valkey|keydb)-(cli|server) #SECRET
sqlcmd|bcp|tsql|osql|sqsh -P SECRET
sqlcmd|bcp -PSECRET
isql DSN USER SECRET
sqlplus|sqlldr|expdp|impdp|rman USER/SECRET@
influx -t SECRET
etcdctl user add USER:SECRET
zkCli.sh|zookeeper-shell(.sh)? addauth digest USER:SECRET
neo4j-admin set-initial-password SECRET
elasticsearch-users|solr|ksql -p SECRET
solr -credentials USER:SECRET
mc alias set NAME URL USER SECRET
mc config host add NAME URL USER SECRET
mc admin user add NAME USER SECRET
rclone obscure SECRET
rclone config … pass SECRET
rabbitmqctl (add_user|change_password|authenticate_user) USER SECRET
emqx_ctl admins (add|passwd) USER SECRET
emqx ctl admins (add|passwd) USER SECRET
mosquitto_(pub|sub|rr) -P SECRET
mosquitto_passwd|vmq-passwd -\\w*b\\w* FILE USER SECRET
nats-server --auth SECRET
curl (-u|-[A-Za-z]{1,6}u) USER:SECRET
etcdctl|turnserver -u USER:SECRET
curl|etcdctl|turnserver --user USER:SECRET
curl -uUSER:SECRET
curl --proxy-user USER:SECRET
curl -U USER:SECRET
https?|miniserve -a USER:SECRET
dufs (-a|--auth) USER:SECRET@
ttyd|gotty -c USER:SECRET
ab|siege -A USER:SECRET
transmission-remote -n USER:SECRET
transmission-daemon -v SECRET
lftp -u USER,SECRET
smbclient|rpcclient|net|smbget|winexe -U USER%SECRET
sftp-server USER:SECRET:…
samba.sh -u USER;SECRET;…
samba.sh -u UID:GID:USER:GROUP:SECRET
ldap(search|whoami|add|modify|delete|modrdn|compare|passwd)|odoo|odoo-bin|openerp-server -w SECRET
ldap(search|whoami|add|modify|delete|modrdn|compare|passwd) -wSECRET
ldappasswd|slappasswd -s SECRET
htpasswd -\\w*b\\w* … SECRET
openssl pass:SECRET
openssl passwd … SECRET
openssl enc (-k|-K) SECRET
mkpasswd SECRET
useradd|usermod -p SECRET
caddy hash-password (-p|--plaintext) SECRET
sshpass -p SECRET
sshpass -pSECRET
zip|unzip|ipmitool -P SECRET
zip|unzip|ipmitool -PSECRET
snmp\\w+ (-A|-X) SECRET
swaks|ssmtp -ap SECRET
sendemail -xp SECRET
airflow users create -p SECRET
add-user(-keycloak)?.sh|register_new_matrix_user|turnadmin|doveadm|mcrcon|brook|fs_cli -p SECRET
ejabberdctl|prosodyctl register USER HOST SECRET
ejabberdctl change_password USER HOST SECRET
murmurd|mumble-server -supw SECRET
grafana-cli|grafana reset-admin-password SECRET
pihole setpassword SECRET
pihole -a -p SECRET
drush (user:password|upwd) USER SECRET
setup email add USER SECRET
bao|vault login SECRET
bao|vault operator unseal SECRET
consul acl set-agent-token KIND SECRET
ngrok authtoken SECRET
ngrok config add-authtoken SECRET
cloudflared service install SECRET
ss-(server|local|redir|tunnel|manager)|ss(server|local|redir|manager|service) -k SECRET
microsocks -P SECRET
frpc|frps -t SECRET
mtg run SECRET
x11vnc -storepasswd SECRET
wpa_passphrase NAME SECRET
(elixir|iex) --cookie SECRET
fabric-ca-(server|client) (-b|--boot) USER:SECRET
(geth|bor|erigon|besu) --nodekeyhex SECRET
(geth|bor|erigon|besu) --ethstats USER:SECRET@
ganache(-cli)? (-m|--mnemonic|--wallet.mnemonic) SECRET
ganache(-cli)? (--account|--wallet.accounts) SECRET,
steamcmd \\+login (?!anonymous$).+ SECRET
`

export interface GivenByUsage extends WordPart {
  readonly by: 'option' | 'login'
  /** The option; `password` where none stands before it. */
  readonly name: string
}

interface Usage {
  readonly program: RegExp
  /** The words before the password; `any`: any number of them. */
  readonly before: readonly (RegExp | 'any')[]
  /** An option right before the password, or joined to it by `=`. */
  readonly flag?: RegExp
  /** What holds the password, as the group `value`. */
  readonly secret: RegExp
  /** It is a word that is no option. */
  readonly isOperand: boolean
  /** No operand comes before, or behind. */
  readonly isFirst: boolean
  readonly isLast: boolean
  /** `-p` of `-pSECRET`. */
  readonly joined?: string
  readonly by: GivenByUsage['by']
}

/** An option, a redirection, a setting. */
const isNoOperand = (word: string): boolean => /^[-<>]|^\+[a-z@]|^[a-z_]+=/.test(word)
const ANY = /^[A-Z]+$/
const FLAG = /^\(?-+\w/

const wordPattern = (word: string): RegExp | 'any' =>
  word === '…' ? 'any' : ANY.test(word) ? /^/ : new RegExp(`^(?:${word})$`, FLAG.test(word) ? '' : 'i')

function usageOf(line: string): Usage {
  const [program = '', ...words] = line.split(' ')
  const at = words.findIndex((word) => word.includes('SECRET'))
  const [, front = '', back = ''] = /^(.*)SECRET(.*?)…?$/.exec(words[at] ?? '') ?? []
  const last = words[at - 1] ?? ''
  const flag = FLAG.test(last) && !last.includes('*') ? last : undefined
  const before = words.slice(0, flag === undefined ? at : at - 1)
  const isSign = front !== '' && !/USER/.test(front) && !front.startsWith('-')
  const lead = escaped(front).replace(/[A-Z]{2,}/g, String.raw`[^\s:/%,;=@$]+`)
  const value = back === '' ? '(?<value>.+)' : `(?<value>[^${escaped(back)}]+)(?:${escaped(back)}.*)?`
  const isOperand = flag === undefined && !isSign && !front.startsWith('-')
  return {
    program: new RegExp(`^(?:${program.replaceAll('.sh', String.raw`\.sh`)})$`),
    before: before.map(wordPattern),
    ...(flag === undefined ? {} : { flag: new RegExp(`^(?:${flag})$`) }),
    secret: isSign
      ? new RegExp(String.raw`(?<=(?:^|\s)${lead})(?<value>\S+)`, 'dg')
      : new RegExp(`^${lead}${value}$`, 'dgs'),
    isOperand,
    isFirst: isOperand && (before.length === 0 ? front === '' : ANY.test(before[0] ?? '')),
    isLast: last === '…',
    ...(front.startsWith('-') ? { joined: front.replace(/USER.*/, '') } : {}),
    by: front.includes('USER') ? 'login' : 'option',
  }
}

const ALL: readonly Usage[] = USAGES.trim().split('\n').map(usageOf)

const isSkipped = (word: string, pattern: RegExp): boolean =>
  isNoOperand(word) && (pattern.source === '^' || !pattern.test(word))

/** true where the words before `at` are those of the usage. */
function leadsTo({ before, flag, isFirst }: Usage, words: readonly string[], at: number): boolean {
  let [left, isOpen] = [at, flag !== undefined]
  for (const pattern of before.toReversed()) {
    if (pattern === 'any') isOpen = true
    else if (pattern.source.startsWith('^(?:-')) left = words.slice(0, left).findLastIndex((word) => pattern.test(word))
    else {
      do left--
      while (left >= 0 && (isSkipped(words[left] ?? '', pattern) || (isOpen && !pattern.test(words[left] ?? ''))))
      if (!pattern.test(words[left] ?? '')) left = -1
    }
    if (left < 0) return false
  }
  return !isFirst || words.slice(0, left).every(isNoOperand)
}

/** What `words`, which follow the name of `program`, give. */
export function givenByUsage(program: string, words: readonly string[]): readonly GivenByUsage[] {
  const usages = ALL.filter((usage) => usage.program.test(program))
  return usages.flatMap((usage) => words.flatMap((_, word) => givenBy(usage, words, word)))
}

function givenBy(usage: Usage, words: readonly string[], word: number): readonly GivenByUsage[] {
  const { flag, secret, isOperand, isLast, joined = 'password', by } = usage
  const text = words[word] ?? ''
  const [option = ''] = /^-[\w-]+(?==)/.exec(text) ?? []
  const isJoined = flag?.test(option) === true
  const name = flag === undefined ? joined : isJoined ? option : (words[word - 1] ?? '')
  if (flag?.test(name) === false || (isOperand && isNoOperand(text))) return []
  if (isLast && !words.slice(word + 1).every(isNoOperand)) return []
  if (!leadsTo(usage, words, flag === undefined || isJoined ? word : word - 1)) return []
  const from = isJoined ? option.length + 1 : 0
  return [...text.slice(from).matchAll(secret)].map(({ groups, indices }) => ({
    by,
    name,
    value: groups?.['value'] ?? '',
    word,
    start: from + (indices?.groups?.['value']?.[0] ?? 0),
  }))
}
