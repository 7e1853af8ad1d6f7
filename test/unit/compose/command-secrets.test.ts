import assert from 'node:assert/strict'
import { commandSecrets, keyedSecrets } from '../../../src/compose/command-secrets.js'

/** [words, what gives each secret and what it is]. */
const CASES: readonly (readonly [readonly string[], readonly string[]])[] = [
  [
    ['redis-server', '--requirepass', 'granite', '--masterauth=basalt-1'],
    ['--requirepass granite', '--masterauth basalt-1'],
  ],
  [['start', '--masterkey', 'granite', '--tlsMode', 'disabled'], ['--masterkey granite']],
  [['server', '-dev', '-dev-root-token-id=granite-1'], ['-dev-root-token-id granite-1']],
  [['sh', '-c', 'vault server -dev -dev-root-token-id="granite-1" && x'], ['-dev-root-token-id granite-1']],
  [
    ['app', '-password=granite', '-auth-token', 'basalt-1', '--encryption-key=schist', '--api_keys=gneiss'],
    ['--api_keys gneiss', '--encryption-key schist', '-auth-token basalt-1', '-password granite'],
  ],
  [['docker', 'login', '--password-stdin', 'registry.io'], []],
  [['docker', 'build', '--secret', 'id=npm'], []],
  [['serve', '--max-tokens', '4096', '--token-ttl=1h', '--private-key', 'tls.key', '--secret-name', 'app'], []],
  [['sh', '-c', 'gpg --recv-keys 95C0FAF38DB3CCAD0C08; apk add --allow-untrusted-key x'], []],
  [['redis-server', '--requirepass', '$PW', '--port', '6379'], []],
  [['transmission-daemon', '-f', '-u', 'joe', '-v', 'granite'], ['-v granite']],
  [['flood', '--qbuser', 'joe', '--qbpass', 'granite'], ['--qbpass granite']],
  [['ebusd', '--mqttpass=granite', '--mqttuser=joe'], ['--mqttpass granite']],
  [['telnet', '--soappass=granite'], ['--soappass granite']],
  [['app', '--token', '--verbose'], []],
  // A short option with its value: no name of an option, and what follows is no password.
  [['mysql', '-uroot', '-prootpassword', 'shop'], ['-p rootpassword']],
  [['sh', '-c', 'mongodump -uroot -pgraniteToken99 shop'], ['-p graniteToken99']],
  [['mongosh', '-uroot', '-pmongotoken', 'shop'], ['-p mongotoken']],
  [['zip', '-Pgranitepass', 'out.zip', 'data'], ['-P granitepass']],
  [['ldapsearch', '-wgraniteSecret', 'base'], ['-w graniteSecret']],
  [['app', '-krootpassword', 'next'], []],
  [['app', `-${'https'.repeat(40)}X`, 'next'], []],
  [['app', '-prootsecret=Granite82'], []],
  [['app', '-kGranite82token', 'next'], []],
  [
    ['app', '-rpcpassword', 'granite', '-db.password', 'basalt-1', '-apiToken', 'schist-12'],
    ['-apiToken schist-12', '-db.password basalt-1', '-rpcpassword granite'],
  ],
  [['app', '--token-file', '/run/secrets/x', '--password=/run/secrets/y'], []],
  [
    ['sh', '-c', 'mysql -uroot -pgranite; mysqldump --password="basalt-1" x'],
    ['--password basalt-1', '-p granite'],
  ],
  [['sh', '-c', 'mkdir -pv /data && cp -p a b'], []],
  [['mysqladmin', '-h', 'db', '-pgranite', 'ping'], ['-p granite']],
  [['env', 'PGPASSWORD=granite', 'LOG_LEVEL=debug', 'pg_dump'], ['PGPASSWORD granite']],
  [
    ['sh', '-c', "export API_TOKEN='granite' && MYSQL_PWD=basalt mysql"],
    ['API_TOKEN granite', 'MYSQL_PWD basalt'],
  ],
  [['sh', '-c', 'export API_TOKEN="$(cat /run/secrets/x)"; PGPASSWORD=$PW psql'], []],
  [['java', '-Dspring.datasource.password=granite', '-jar', 'a.jar'], ['spring.datasource.password granite']],
  // Properties: of what stands behind the letter the name is judged.
  [
    ['gradle', 'publish', '-PmavenPassword=granite', '-Ppassword=basalt-1', '-Psigning.secretKey=schist-12'],
    ['mavenPassword granite', 'password basalt-1', 'signing.secretKey schist-12'],
  ],
  [
    ['sh', '-c', 'mvn "-Dpassword=granite" -Dgpgpassphrase=basalt-1'],
    ['gpgpassphrase basalt-1', 'password granite'],
  ],
  [['cmake', '-DAPI_TOKEN=granite'], ['API_TOKEN granite']],
  [['gradle', '-Pprofile=prod', '-Ppassword=$PW', '-Dpassword.file=/run/x', '-Pcert-password', 'build'], []],
  [['zip', '-Psecret=granite', 'out.zip', 'data'], ['-P secret=granite']],
  [['app', '-ppassword=granite'], []],
  [['serve', '--tls-key=/etc/tls/key.pem', '--max-token=100', '--auth=basic'], []],
  [
    ['worker', 'amqp://guest:granite@mq/', '--db=postgres://u:p%40ss@db:5432/x'],
    ['amqp:// granite', 'postgres:// p%40ss'],
  ],
  [['worker', 'postgres://u:${PW}@db', 'redis://:****@r'], []],
  // The last @ ends a password, as programs read it; a list and a port begin something else.
  [['exporter', '--es.uri=http://elastic:Granite@2024@es:9200'], ['http:// Granite@2024']],
  [['sh', '-c', 'wait && curl http://elastic:Granite@2024@es:9200/x'], ['http:// Granite@2024']],
  [['send', 'smtp://app:granite@mail:587,to@example.org'], ['smtp:// granite']],
  [
    ['worker', '--dsn', 'postgres://u:gra"ni/te@db/x?a=b@c', '--mq=amqp://u:gr@nite@mq', 'http://r:4873/@a/b'],
    ['amqp:// gr@nite', 'postgres:// gra"ni/te'],
  ],
  [['sh', '-c', 'run --mq=amqp://u:gr@nite@mq/x && mail a@b'], ['amqp:// gr@nite']],
  [['curl', '-u', 'user:granite', 'https://x'], ['-u granite']],
  [['sh', '-c', 'curl -fsS --user "user:granite" https://x'], ['--user granite']],
  [['docker', 'run', '-u', '1000:1000'], []],
  [['mysqld', '--mysql-native-password=ON', '--password', 'off'], []],
  [['sh', '-c', 'mc alias set local http://minio:9000 admin granite; mc mb local/x'], ['password granite']],
  [['sh', '-c', '/usr/bin/mc config host add s3 http://s3:9000 admin "$SECRET"'], []],
  [['redis-cli', '-h', 'db', '-a', 'granite', 'ping'], ['-a granite']],
  [['CMD-SHELL', ['mongosh -u root -p', '"basalt-1" --eval x'].join(' ')], ['-p basalt-1']],
  [['cypher-shell', '-u', 'neo4j', '-p', 'granite', 'RETURN 1'], ['-p granite']],
  [['sh', '-c', 'cqlsh -u app -p granite -e x; mkdir -p /data'], ['-p granite']],
  [['sqlcmd', '-S', 'db', '-P', 'Granite!1', '-Q', 'x'], ['-P Granite!1']],
  [['odoo', '-d', 'shop', '-r', 'odoo', '-w', 'granite', '--db_host=db'], ['-w granite']],
  [['sh', '-c', './odoo-bin -r odoo -w granite; grep -w basalt x'], ['-w granite']],
  [['odoo', '-w', '$PW', '-i', 'base'], []],
  [['nats-server', '-js', '--auth', 'granite'], ['--auth granite']],
  [['sh', '-c', 'cp -a b c && ps -p 1 && ls -a d'], []],
  [['mongod', '--auth', '--dbpath', '/data'], []],
  [
    ['influx', 'setup', '-u', 'app', '-p', 'granite', '-t', 'basalt-1', '-f'],
    ['-p granite', '-t basalt-1'],
  ],
  [['sh', '-c', 'etcdctl --user root:granite get /; ls -t x'], ['--user granite']],
  [
    ['turnserver', '-n', '--user=app:granite', '-u', 'other:basalt-1'],
    ['--user granite', '-u basalt-1'],
  ],
  [['serve', '--auth', 'basic'], []],
  [['CMD-SHELL', 'redis-cli -a $PW ping; mongosh -p $(cat /run/secrets/x)'], []],
  [['app', '--password', 'a $b `c` "d"'], ['--password a $b `c` "d"']],
  [['sh', '-c', 'app --password a$b'], []],
  [['celery', 'flower', '--basic_auth=admin:granite-77'], ['--basic_auth granite-77']],
  [['sh', '-c', 'celery flower --basic-auth="admin:granite-77" --port=5555'], ['--basic-auth granite-77']],
  [['serve', '--web.basic-auth', 'admin:granite-77'], ['--web.basic-auth granite-77']],
  [['serve', '--basic-auth', 'on', '--basic_auth=$USER:$PW', '--no-basic-author=a:b'], []],
]

describe('secrets that commands give away', () => {
  for (const [words, expected] of CASES)
    it(`${words.join(' ')}: ${expected.length === 0 ? 'none' : expected.join(', ')}`, () => {
      const found = commandSecrets(words)
      assert.deepEqual(found.map(({ name, value }) => `${name} ${value}`).sort(), [...expected].sort())
      for (const { word, start, value } of found)
        assert.equal(words[word]?.slice(start, start + value.length), value, 'its place')
    })

  it('tells several of one option apart', () => {
    const keyed = keyedSecrets(['sh', '-c', 'mysql -pgranite; mysql -pbasalt'])
    assert.deepEqual(
      [...keyed].map(([key, { value }]) => [key, value]),
      [
        ['-p', 'granite'],
        ['-p#2', 'basalt'],
      ],
    )
  })
})
