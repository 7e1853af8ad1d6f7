import assert from 'node:assert/strict'
import { type EditStep, editCompose, replaceText } from '../../../src/compose/edit.js'
import { addEntry } from '../../../src/compose/edit-additions.js'
import { declareConfig, declareSecret } from '../../../src/compose/edit-declare.js'
import { replaceEntry, replaceValue } from '../../../src/compose/edit-entries.js'
import { grantBuildSecret, grantConfig, grantSecret } from '../../../src/compose/edit-grants.js'
import { removeEntry } from '../../../src/compose/edit-remove.js'
import { prependText, prependWords, setWords } from '../../../src/compose/edit-words.js'
import { ComposeFileError, EditRefusedError, type RefusalReason } from '../../../src/compose/errors.js'

const edit = (text: string, ...steps: EditStep[]) =>
  Buffer.from(editCompose('compose.yaml', Buffer.from(text), steps)).toString()

const environment = ['services', 'db', 'environment']
const toFile: EditStep = (file) =>
  replaceEntry(
    file,
    { section: environment, key: 'PASSWORD' },
    { key: 'PASSWORD_FILE', value: '/run/secrets/password' },
  )
const grant: EditStep = (file) => grantSecret(file, ['services', 'db'], { source: 'password' })
const declare: EditStep = (file) => declareSecret(file, 'password', { file: './secrets/password' })
const remove: EditStep = (file) => removeEntry(file, { section: environment, key: 'PASSWORD' })

interface Row {
  readonly name: string
  readonly steps: readonly EditStep[]
  readonly before: string
  readonly after: string
}

const SCRIPT = ['sh', '-c', 'one\n\ntwo']

const rows: readonly Row[] = [
  {
    name: 'map entry: comment, blank lines and trailing spaces stay',
    steps: [toFile, grant, declare],
    before:
      'services:\n  db:\n    image: pg  \n\n    environment:\n      PASSWORD: "hunter2"   # since 2021\n      OTHER: x\n\n  app: {image: a}\n# end\n',
    after:
      'services:\n  db:\n    image: pg  \n\n    environment:\n      PASSWORD_FILE: "/run/secrets/password"   # since 2021\n      OTHER: x\n    secrets:\n      - password\n\n  app: {image: a}\n# end\n\nsecrets:\n  password:\n    file: ./secrets/password\n',
  },
  {
    name: 'a key with a tag of its own begins at that: lines above it, and what goes with it',
    steps: [
      grant,
      (file) => setWords(file, ['services', 'db'], 'entrypoint', ['sh']),
      (file) => removeEntry(file, { section: ['services', 'db', 'labels'], key: 'b' }),
    ],
    before:
      'x: &x\n  init: true\nservices:\n  db:\n    !!merge <<: *x\n    image: pg\n    labels:\n      a: 1\n      !!str b: 2\n      c: 3\n',
    after:
      'x: &x\n  init: true\nservices:\n  db:\n    !!merge <<: *x\n    image: pg\n    labels:\n      a: 1\n      c: 3\n    secrets:\n      - password\n    entrypoint: ["sh"]\n',
  },
  {
    name: 'comments that stand deeper than the keys stay with what they are about',
    steps: [grant],
    before:
      'services:\n  db:\n    volumes:\n      - data:/data\n      # - other:/other\n\n      # and one more\n    # of the service\n  # of the next\n  app:\n    image: a\n',
    after:
      'services:\n  db:\n    volumes:\n      - data:/data\n      # - other:/other\n\n      # and one more\n    secrets:\n      - password\n    # of the service\n  # of the next\n  app:\n    image: a\n',
  },
  {
    name: 'a text without quotes keeps none where only something inside it changes',
    steps: [(file) => replaceValue(file, ['services', 'db', 'command'], 'run "$$(cat f)" {a: b} [c]')],
    before: 'services:\n  db:\n    command: run x # why\n',
    after: 'services:\n  db:\n    command: "run \\"$$(cat f)\\" {a: b} [c]" # why\n',
  },
  {
    name: 'a text without quotes keeps none where nothing in it means something',
    steps: [(file) => replaceValue(file, ['services', 'db', 'command'], 'run "$$(cat f)" {a:b} [c]')],
    before: 'services:\n  db:\n    command: run x # why\n',
    after: 'services:\n  db:\n    command: run "$$(cat f)" {a:b} [c] # why\n',
  },
  {
    name: 'secrets that a merge brings: a list of its own, with them, takes their place',
    steps: [grant],
    before: 'x: &x\n  secrets: [a]\nservices:\n  db:\n    <<: *x\n    image: pg\n',
    after:
      'x: &x\n  secrets: [a]\nservices:\n  db:\n    <<: *x\n    image: pg\n    secrets:\n      - a\n      - password\n',
  },
  {
    name: 'a secret that a merge brings is there already',
    steps: [grant],
    before: 'x: &x\n  secrets: [a, password]\nservices:\n  db:\n    <<: *x\n',
    after: 'x: &x\n  secrets: [a, password]\nservices:\n  db:\n    <<: *x\n',
  },
  {
    name: 'service and top-level secrets both at the end of a file without a last newline',
    steps: [toFile, grant, declare],
    before: 'services:\n  db:\n    environment:\n    - PASSWORD=hunter2',
    after:
      'services:\n  db:\n    environment:\n    - PASSWORD_FILE=/run/secrets/password\n    secrets:\n    - password\nsecrets:\n  password:\n    file: ./secrets/password',
  },
  {
    name: 'a file that is indented as a whole',
    steps: [toFile, grant, declare],
    before: '---\n  services:\n    db:\n      environment:\n        PASSWORD: hunter2\n',
    after:
      '---\n  services:\n    db:\n      environment:\n        PASSWORD_FILE: /run/secrets/password\n      secrets:\n        - password\n  secrets:\n    password:\n      file: ./secrets/password\n',
  },
  {
    name: 'CRLF stays CRLF',
    steps: [toFile, grant, declare],
    before: 'services:\r\n    db:\r\n        environment:\r\n            PASSWORD: hunter2\r\n',
    after:
      'services:\r\n    db:\r\n        environment:\r\n            PASSWORD_FILE: /run/secrets/password\r\n        secrets:\r\n            - password\r\nsecrets:\r\n    password:\r\n        file: ./secrets/password\r\n',
  },
  {
    name: 'flow style, with a byte order mark',
    steps: [toFile, grant, declare],
    before: '\ufeffservices: {db: {environment: {PASSWORD: hunter2, B: c}}}\n',
    after:
      '\ufeffservices: {db: {environment: {PASSWORD_FILE: /run/secrets/password, B: c}, secrets: [password]}}\nsecrets:\n  password:\n    file: ./secrets/password\n',
  },
  {
    name: 'flow list with quotes',
    steps: [toFile],
    before: "services:\n  db:\n    environment: ['PASSWORD=it''s', B=c]\n",
    after: "services:\n  db:\n    environment: ['PASSWORD_FILE=/run/secrets/password', B=c]\n",
  },
  {
    name: 'a hash inside quotes is no comment',
    steps: [remove, grant],
    before: 'services:\n  db: {environment: {PASSWORD: x, B: "a #b"}} # end\n',
    after: 'services:\n  db: {environment: {B: "a #b"}, secrets: [password]} # end\n',
  },
  {
    name: 'the whole file in brackets',
    steps: [declare],
    before: '{"services": {"db": {"image": "x"}}}\n',
    after: '{"services": {"db": {"image": "x"}}, secrets: {password: {file: ./secrets/password}}}\n',
  },
  {
    name: 'quoted key keeps its quotes',
    steps: [toFile],
    before: 'services:\n  db:\n    environment:\n      "PASSWORD": \'hunter2\'\n',
    after: 'services:\n  db:\n    environment:\n      "PASSWORD_FILE": \'/run/secrets/password\'\n',
  },
  {
    name: 'block scalar: header comment and following lines stay',
    steps: [toFile],
    before:
      'services:\n  db:\n    environment:\n      PASSWORD: |  # multi\n        hunter2\n        second\n\n      NEXT: 1\n',
    after: 'services:\n  db:\n    environment:\n      PASSWORD_FILE: /run/secrets/password  # multi\n\n      NEXT: 1\n',
  },
  {
    name: 'an empty value gets one',
    steps: [(file) => replaceValue(file, [...environment, 'EMPTY'], 'x')],
    before: 'services:\n  db:\n    environment:\n      EMPTY:\n',
    after: 'services:\n  db:\n    environment:\n      EMPTY: x\n',
  },
  {
    name: 'existing short secrets: dashes at the same column as theirs',
    steps: [grant, declare],
    before:
      'services:\n  db:\n    secrets:\n    -   other   # first\n\n    image: x\nsecrets:\n  other: {external: true}\n\n# about networks\nnetworks: {}\n',
    after:
      'services:\n  db:\n    secrets:\n    -   other   # first\n    -   password\n\n    image: x\nsecrets:\n  other: {external: true}\n  password:\n    file: ./secrets/password\n\n# about networks\nnetworks: {}\n',
  },
  {
    name: 'existing flow secrets',
    steps: [grant, declare],
    before: 'services:\n  db:\n    secrets: [ other ]\nsecrets: {other: {file: o}}\n',
    after:
      'services:\n  db:\n    secrets: [ other, password ]\nsecrets: {other: {file: o}, password: {file: ./secrets/password}}\n',
  },
  {
    name: 'empty secrets keys are filled',
    steps: [grant, declare],
    before: 'services:\n  db:\n    secrets:\n    image: x\nsecrets:   # none yet\n',
    after:
      'services:\n  db:\n    secrets:\n      - password\n    image: x\nsecrets:   # none yet\n  password:\n    file: ./secrets/password\n',
  },
  {
    name: 'a grant that is there already changes nothing',
    steps: [grant],
    before: 'services:\n  db:\n    secrets:\n      - source: password\n        target: x\n',
    after: 'services:\n  db:\n    secrets:\n      - source: password\n        target: x\n',
  },
  {
    name: 'a config granted beside secrets',
    steps: [(file) => grantConfig(file, ['services', 'db'], { source: 'shim', target: '/shim', mode: '0o555' })],
    before: 'services:\n  db:\n    secrets: [a]\n',
    after:
      'services:\n  db:\n    secrets: [a]\n    configs:\n      - source: shim\n        target: /shim\n        mode: 0o555\n',
  },
  {
    name: 'long grant',
    steps: [
      (file) => grantSecret(file, ['services', 'db'], { source: 'p', target: 'p.pem', uid: '999', mode: '0o440' }),
    ],
    before: 'services:\n  db:\n    image: x\n',
    after:
      'services:\n  db:\n    image: x\n    secrets:\n      - source: p\n        target: p.pem\n        uid: "999"\n        mode: 0o440\n',
  },
  {
    name: 'removing one of several',
    steps: [remove],
    before: 'services:\n  db:\n    environment:\n      A: 1\n      # why\n      PASSWORD: hunter2 # x\n      B: 2\n',
    after: 'services:\n  db:\n    environment:\n      A: 1\n      # why\n      # x\n      B: 2\n',
  },
  {
    name: 'removing the only entry removes the section, comments stay',
    steps: [remove],
    before: 'services:\n  db:\n    environment:\n      # keep me\n      - PASSWORD=hunter2\n    image: x\n',
    after: 'services:\n  db:\n      # keep me\n    image: x\n',
  },
  {
    name: 'what is set or granted behind !reset counts',
    steps: [
      (file) => setWords(file, ['services', 'db'], 'command', ['run']),
      (file) => setWords(file, ['services', 'db'], 'entrypoint', ['sh', '-c', 'a\nb']),
      (file) => grantSecret(file, ['services', 'db'], { source: 'pw' }),
    ],
    before:
      'services:\n  db:\n    command: !reset null # none\n    entrypoint: !reset []\n    secrets: !reset []\n    image: x\n',
    after:
      'services:\n  db:\n    command: !override ["run"] # none\n    entrypoint: !override\n      - sh\n      - -c\n      - |-\n        a\n        b\n    secrets: !override [pw]\n    image: x\n',
  },
  {
    name: 'comments behind them stay, too',
    steps: [remove],
    before:
      'services:\n  db:\n    # of the shop\n    environment: # see wiki\n      PASSWORD: "hunter2"  # since 2021\n    image: x\n',
    after: 'services:\n  db:\n    # of the shop\n    # see wiki\n      # since 2021\n    image: x\n',
  },
  {
    name: 'the same of a list and of a block',
    steps: [remove, (file) => removeEntry(file, { section: ['x-env'], key: 'B' })],
    before:
      'x-env: !override # ours\n  B: |- # of B\n    a # b\n\n    c\nservices:\n  db:\n    environment: # a: b\n    - PASSWORD=hunter2 #1\n    image: x\n',
    after: '# ours\n  # of B\nservices:\n  db:\n    # a: b\n    #1\n    image: x\n',
  },
  {
    name: 'the same in brackets, and at the end without newline',
    steps: [remove],
    before: 'services:\n  db:\n    image: x\n    environment: {PASSWORD: hunter2} # see wiki',
    after: 'services:\n  db:\n    image: x\n    # see wiki',
  },
  {
    name: 'of an entry at the end without newline only the key’s comment stays',
    steps: [remove],
    before: 'services:\n  db:\n    image: x\n    environment: # see wiki\n      PASSWORD: hunter2',
    after: 'services:\n  db:\n    image: x\n    # see wiki',
  },
  {
    name: 'the only entry of a section that an alias names leaves it empty; comments and the anchor stay',
    steps: [(file) => removeEntry(file, { section: ['services', 'a', 'environment'], key: 'PASSWORD' })],
    before:
      'services:\n  a:\n    environment: &env # shared\n      # note\n      PASSWORD: x\n    image: y\n  b:\n    environment: *env\n',
    after:
      'services:\n  a:\n    environment: &env {} # shared\n      # note\n    image: y\n  b:\n    environment: *env\n',
  },
  {
    name: 'the same with the anchor on a line of its own, and for the only thing of a service',
    steps: [
      (file) => removeEntry(file, { section: ['x-env'], key: 'PASSWORD' }),
      (file) => removeEntry(file, { section: ['services', 'a', 'environment'], key: 'PASSWORD' }),
    ],
    before: 'x-env:\n  &env\n  PASSWORD: x\nservices:\n  a:\n    environment:\n      - PASSWORD=x\n',
    after: 'x-env:\n  &env {}\nservices:\n  a:\n    environment: []\n',
  },
  {
    name: 'the same behind a tag',
    steps: [remove],
    before: 'services:\n  db:\n    environment: !override # ours\n      PASSWORD: hunter2\n',
    after: 'services:\n  db:\n    environment: !override {} # ours\n',
  },
  {
    name: 'the same in flow style',
    steps: [(file) => removeEntry(file, { section: ['services', 'a', 'environment'], key: 'PASSWORD' })],
    before: 'services:\n  a: {environment: &env {PASSWORD: x}}\n  b: {environment: *env}\n',
    after: 'services:\n  a: {environment: &env {}}\n  b: {environment: *env}\n',
  },
  {
    name: 'removing the only entry at the end without newline',
    steps: [remove],
    before: 'services:\n  db:\n    image: x\n    environment:\n      PASSWORD: hunter2',
    after: 'services:\n  db:\n    image: x',
  },
  {
    name: 'removing from a flow map: first',
    steps: [remove],
    before: 'services: {db: {environment: {PASSWORD: a, B: c}}}\n',
    after: 'services: {db: {environment: {B: c}}}\n',
  },
  {
    name: 'removing from a flow map: last',
    steps: [remove],
    before: 'services: {db: {environment: {B: c, PASSWORD: a}}}\n',
    after: 'services: {db: {environment: {B: c}}}\n',
  },
  {
    name: 'removing from a flow list: only one',
    steps: [remove],
    before: 'services:\n  db:\n    environment: [PASSWORD=a]\n    image: x\n',
    after: 'services:\n  db:\n    image: x\n',
  },
  {
    name: 'removing list entries one after another, indexes moving',
    steps: [remove, (file) => removeEntry(file, { section: environment, key: 'B' })],
    before: 'services:\n  db:\n    environment:\n    - PASSWORD=a\n    - B=b\n    - C=c\n',
    after: 'services:\n  db:\n    environment:\n    - C=c\n',
  },
  {
    name: 'adding to a list, a map, and a service without the section',
    steps: [
      (file) => addEntry(file, { section: ['services', 'a', 'environment'], key: 'X_FILE' }, '/run/secrets/x'),
      (file) => addEntry(file, { section: ['services', 'b', 'environment'], key: 'X_FILE' }, 'yes'),
      (file) => addEntry(file, { section: ['services', 'c', 'environment'], key: 'X_FILE' }, 'a: b'),
    ],
    before:
      'services:\n  a:\n    environment:\n      - "A=1"\n  b:\n    environment:\n      A: 1\n\n  c:\n    image: x\n',
    after:
      'services:\n  a:\n    environment:\n      - "A=1"\n      - "X_FILE=/run/secrets/x"\n  b:\n    environment:\n      A: 1\n      X_FILE: "yes"\n\n  c:\n    image: x\n    environment:\n      X_FILE: "a: b"\n',
  },
  {
    name: 'an anchored environment is edited where it is defined',
    steps: [
      (file) =>
        replaceEntry(
          file,
          { section: ['x-env'], key: 'PASSWORD' },
          { key: 'PASSWORD_FILE', value: '/run/secrets/password' },
        ),
      (file) => grantSecret(file, ['services', 'a'], { source: 'password' }),
    ],
    before:
      'x-env: &env\n  PASSWORD: hunter2\nservices:\n  a:\n    environment: *env\n  b:\n    environment:\n      <<: *env\n',
    after:
      'x-env: &env\n  PASSWORD_FILE: /run/secrets/password\nservices:\n  a:\n    environment: *env\n    secrets:\n      - password\n  b:\n    environment:\n      <<: *env\n',
  },
  {
    name: 'an explicit key stays one',
    steps: [toFile, grant],
    before:
      'services:\n  ? db\n  : environment:\n      ? PASSWORD # the key\n      : "a" # the value\n      B: c\n    image: pg\n',
    after:
      'services:\n  ? db\n  : environment:\n      ? PASSWORD_FILE # the key\n      : "/run/secrets/password" # the value\n      B: c\n    image: pg\n    secrets:\n      - password\n',
  },
  {
    name: 'an entry with an explicit key goes with its question mark',
    steps: [remove],
    before:
      'services:\n  db:\n    environment:\n      ? PASSWORD\n      : |\n        a\n        b\n      ? B\n      : c\n',
    after: 'services:\n  db:\n    environment:\n      ? B\n      : c\n',
  },
  {
    name: 'the only entry, with an explicit key, goes with its section',
    steps: [remove],
    before: 'services:\n  db:\n    environment:\n      ? PASSWORD\n      : a\n    image: pg\n',
    after: 'services:\n  db:\n    image: pg\n',
  },
  {
    name: 'in brackets an explicit key goes as others do',
    steps: [remove],
    before: 'services:\n  db:\n    environment: {? PASSWORD : a, B: c}\n',
    after: 'services:\n  db:\n    environment: {B: c}\n',
  },
  {
    name: 'what is added after explicit keys stands below their question marks',
    steps: [grant],
    before: 'services:\n  db:\n    ? image\n    : pg\n',
    after: 'services:\n  db:\n    ? image\n    : pg\n    secrets:\n      - password\n',
  },
  {
    name: 'external and environment secrets, and a document end marker',
    steps: [
      (file) => declareSecret(file, 'a', { external: true, name: 'a_v2' }),
      (file) => declareSecret(file, 'b', { environment: 'B' }),
    ],
    before: '---\nservices: {}\n...\n',
    after: '---\nservices: {}\nsecrets:\n  a:\n    external: true\n    name: a_v2\n  b:\n    environment: B\n...\n',
  },
  {
    name: 'a blank line before a new section where sections are spaced',
    steps: [declare],
    before: 'services:\n  db: {image: x}\n\nvolumes:\n  d:\n',
    after: 'services:\n  db: {image: x}\n\nvolumes:\n  d:\n\nsecrets:\n  password:\n    file: ./secrets/password\n',
  },
  {
    name: 'blank lines that a block scalar keeps stay its own',
    steps: [declare],
    before: 'services: {}\n\nx-note: |+\n  a\n\n\n',
    after: 'services: {}\n\nx-note: |+\n  a\n\n\nsecrets:\n  password:\n    file: ./secrets/password\n',
  },
  {
    name: 'config with content of several lines',
    steps: [(file) => declareConfig(file, 'shim', { content: '#!/bin/sh\n\nexec "$$@"\n' })],
    before: 'services: {}\n',
    after: 'services: {}\nconfigs:\n  shim:\n    content: |\n      #!/bin/sh\n\n      exec "$$@"\n',
  },
  {
    name: 'command: block list becomes one line, other keys stay',
    steps: [(file) => setWords(file, ['services', 'db'], 'command', ['redis-server', '--flag', 'a b'])],
    before: 'services:\n  db:\n    command:   # run\n      - redis-server\n      - --requirepass\n    image: x\n',
    after: 'services:\n  db:\n    command: ["redis-server", "--flag", "a b"]   # run\n    image: x\n',
  },
  {
    name: 'command string, folded',
    steps: [(file) => setWords(file, ['services', 'db'], 'command', ['run'])],
    before: 'services:\n  db:\n    command: >-\n      redis-server\n      --requirepass x\n    image: x\n',
    after: 'services:\n  db:\n    command: ["run"]\n    image: x\n',
  },
  {
    name: 'entrypoint where there was none',
    steps: [(file) => setWords(file, ['services', 'db'], 'entrypoint', ['/bin/sh', '-c'])],
    before: 'services:\n  db:\n    image: x\n    # end of db\n',
    after: 'services:\n  db:\n    image: x\n    entrypoint: ["/bin/sh", "-c"]\n    # end of db\n',
  },
  {
    name: 'words of several lines: a list with a block',
    steps: [(file) => setWords(file, ['services', 'db'], 'entrypoint', [...SCRIPT, 'a b', '1', '-x'])],
    before: 'services:\n    db:\n        image: x\n        ports:\n        - "1"\n\nvolumes: {}\n',
    after: `services:\n    db:\n        image: x\n        ports:\n        - "1"\n        entrypoint:\n        - sh\n        - -c\n        - |-\n          one\n\n          two\n        - a b\n        - "1"\n        - -x\n\nvolumes: {}\n`,
  },
  {
    name: 'words of several lines in the place of a block, at the end of the file',
    steps: [(file) => setWords(file, ['services', 'db'], 'command', [...SCRIPT, 'ends\nhere\n'])],
    before: 'services:\n  db:\n    command: >- # run\n      redis-server\n      --requirepass x',
    after:
      'services:\n  db:\n    command: # run\n      - sh\n      - -c\n      - |-\n        one\n\n        two\n      - |\n        ends\n        here',
  },
  {
    name: 'words of several lines in the place of a list in brackets, with a tag and a comment',
    steps: [(file) => setWords(file, ['services', 'db'], 'command', SCRIPT)],
    before: 'services:\n  db:\n    command: !override [a,\n      b] # run\n    image: x\n',
    after:
      'services:\n  db:\n    command: !override # run\n      - sh\n      - -c\n      - |-\n        one\n\n        two\n    image: x\n',
  },
  {
    name: 'words of several lines in the place of a block list',
    steps: [(file) => setWords(file, ['services', 'db'], 'command', SCRIPT)],
    before: 'services:\n  db:\n    command:   # run\n    - redis-server\n    - x\n    image: x\n',
    after:
      'services:\n  db:\n    command:   # run\n    - sh\n    - -c\n    - |-\n      one\n\n      two\n    image: x\n',
  },
  {
    name: 'words of several lines between brackets stay there',
    steps: [(file) => setWords(file, ['services', 'db'], 'command', SCRIPT)],
    before: 'services:\n  db: {image: x}\n',
    after: 'services:\n  db: {image: x, command: ["sh", "-c", "one\\n\\ntwo"]}\n',
  },
  {
    name: 'words of several lines that a block could not hold are quoted',
    steps: [(file) => setWords(file, ['services', 'db'], 'command', ['sh', ' a\nb', 'a\n\n', 'a\n  \nb', 'a\r\nb'])],
    before: 'services:\n  db:\n    image: x\n',
    after: 'services:\n  db:\n    image: x\n    command: ["sh", " a\\nb", "a\\n\\n", "a\\n  \\nb", "a\\r\\nb"]\n',
  },
  {
    name: 'words before a list in brackets: its items stay as they are written',
    steps: [(file) => prependWords(file, ['services', 'db', 'command'], SCRIPT)],
    before: `services:\n  db:\n    command: [ "run", "it's", "\${X:-y}" ] # ours\n    image: x\n`,
    after: `services:\n  db:\n    command: # ours\n      - sh\n      - -c\n      - |-\n        one\n\n        two\n      - "run"\n      - "it's"\n      - "\${X:-y}"\n    image: x\n`,
  },
  {
    name: 'words before a list in brackets that has an anchor inside: between the brackets',
    steps: [(file) => prependWords(file, ['services', 'db', 'command'], SCRIPT)],
    before: 'services:\n  db:\n    command: [&run run, x]\n',
    after: 'services:\n  db:\n    command: ["sh", "-c", "one\\n\\ntwo", &run run, x]\n',
  },
  {
    name: 'words before a block list, with the ends of lines that the file has',
    steps: [(file) => prependWords(file, ['services', 'db', 'command'], SCRIPT)],
    before: 'services:\r\n  db:\r\n    command:\r\n    # ours\r\n    -   run # x\r\n',
    after:
      'services:\r\n  db:\r\n    command:\r\n    # ours\r\n    - sh\r\n    - -c\r\n    - |-\r\n      one\r\n\r\n      two\r\n    -   run # x\r\n',
  },
  ...(
    [
      ['folded', '>\n      a\n      b', '>\n      sh -c\n      x\n      a\n      b'],
      ['literal, with a header', '|2- # x\n      a\n\n      b', '|2- # x\n      sh -c\n      x\n      a\n\n      b'],
      ['quoted', '"a\n      b"', '"sh -c\n      x\n      a\n      b"'],
      ['without quotes', 'a\n      b', 'sh -c\n      x\n      a\n      b'],
      ['on one line', '"a b"', '"sh -c x a b"'],
    ] as const
  ).map(([style, before, after]) => ({
    name: `text before a text: ${style}`,
    steps: [(file: Parameters<EditStep>[0]) => prependText(file, ['services', 'db', 'command'], 'sh -c\nx')],
    before: `services:\n  db:\n    command: ${before}\n    image: x\n`,
    after: `services:\n  db:\n    command: ${after}\n    image: x\n`,
  })),
  {
    name: 'a text of several lines keeps those without a change',
    steps: [
      (file) => replaceValue(file, ['services', 'db', 'command'], 'run --port 1\n  --token @t@ --token @t@\n--last\n'),
    ],
    before:
      'services:\n  db:\n    command: > # ours\n      run\n      --port 1\n        --token s3 --token s3\n      --last\n    image: x\n',
    after:
      'services:\n  db:\n    command: > # ours\n      run\n      --port 1\n        --token @t@ --token @t@\n      --last\n    image: x\n',
  },
  {
    name: 'a text in quotes on several lines keeps them where a line says what it is',
    steps: [(file) => replaceValue(file, ['services', 'db', 'command'], 'run "$(cat x)" --last')],
    before: 'services:\n  db:\n    command: "run s3\n      --last"\n',
    after: 'services:\n  db:\n    command: "run \\"$(cat x)\\"\n      --last"\n',
  },
  {
    name: 'a text of several lines is written anew where more than its words change',
    steps: [(file) => replaceValue(file, ['services', 'db', 'command'], 'run\n\nb')],
    before: 'services:\n  db:\n    command: >-\n      run\n      b\n',
    after: 'services:\n  db:\n    command: "run\\n\\nb"\n',
  },
  {
    name: 'build secret: short build becomes long',
    steps: [(file) => grantBuildSecret(file, ['services', 'db'], { source: 'npm' })],
    before: 'services:\n  db:\n    build: ./app # here\n    image: x\n',
    after: 'services:\n  db:\n    build: # here\n      context: ./app\n      secrets:\n        - npm\n    image: x\n',
  },
  {
    name: 'build secret: long build',
    steps: [(file) => grantBuildSecret(file, ['services', 'db'], { source: 'npm' })],
    before: 'services:\n  db:\n    build:\n      context: .\n    image: x\n',
    after: 'services:\n  db:\n    build:\n      context: .\n      secrets:\n        - npm\n    image: x\n',
  },
  {
    name: 'text inside a folded healthcheck',
    steps: [
      (file) =>
        replaceText(file, ['services', 'db', 'healthcheck', 'test'], '$$PASSWORD', '$$(cat /run/secrets/password)'),
    ],
    before: 'services:\n  db:\n    healthcheck:\n      test: >-\n        ping -p $$PASSWORD ||\n        exit 1   \n',
    after:
      'services:\n  db:\n    healthcheck:\n      test: >-\n        ping -p $$(cat /run/secrets/password) ||\n        exit 1   \n',
  },
  {
    name: 'text inside double quotes is escaped',
    steps: [(file) => replaceText(file, ['services', 'db', 'command'], 'hunter2', '"$$P"')],
    before: 'services:\n  db:\n    command: "run \\u002dp hunter2"\n',
    after: 'services:\n  db:\n    command: "run \\u002dp \\"$$P\\""\n',
  },
  {
    name: 'a plain scalar that a replacement would break is quoted',
    steps: [(file) => replaceText(file, ['services', 'db', 'command'], 'x', 'a: #b')],
    before: 'services:\n  db:\n    command: run x\n',
    after: 'services:\n  db:\n    command: "run a: #b"\n',
  },
]

describe('edits of Compose files', () => {
  for (const { name, steps, before, after } of rows) it(name, () => assert.equal(edit(before, ...steps), after))

  describe('are refused with a reason and a line', () => {
    const refusals: readonly (readonly [string, RefusalReason, number, string, EditStep])[] = [
      [
        'a key that a merge brings',
        'merged-key',
        6,
        'x: &x\n  PASSWORD: a\nservices:\n  db:\n    environment:\n      <<: *x\n      B: c\n',
        toFile,
      ],
      [
        'secrets of the long form that a merge brings',
        'merged-key',
        6,
        'x: &x\n  secrets:\n    - source: a\nservices:\n  db:\n    <<: *x\n',
        grant,
      ],
      ['an aliased environment', 'alias', 5, 'x: &x\n  PASSWORD: a\nservices:\n  db:\n    environment: *x\n', toFile],
      ['an aliased value', 'alias', 5, 'x: &x a\nservices:\n  db:\n    environment:\n      PASSWORD: *x\n', toFile],
      [
        'an anchored value',
        'anchored-value',
        4,
        'services:\n  db:\n    environment:\n      PASSWORD: &pass a\n      B: *pass\n',
        toFile,
      ],
      ['an explicit key', 'explicit-key', 3, 'services:\n  db:\n    ? secrets\n    :\n', grant],
      [
        'a comment inside brackets',
        'flow-comment',
        3,
        'services:\n  db:\n    environment: {PASSWORD: a, # why\n      B: c}\n',
        remove,
      ],
      ['an entry that is not there', 'not-found', 4, 'services:\n  db:\n    environment:\n      B: a\n', toFile],
      [
        'a new name that is taken',
        'exists',
        4,
        'services:\n  db:\n    environment:\n      PASSWORD: a\n      PASSWORD_FILE: b\n',
        toFile,
      ],
      [
        'an entry that a list has twice',
        'form',
        4,
        'services:\n  db:\n    environment:\n    - PASSWORD=a\n    - PASSWORD=b\n',
        toFile,
      ],
      ['a secret of that name', 'exists', 2, 'secrets:\n  password: {file: x}\n', declare],
    ]
    for (const [name, reason, line, text, step] of refusals) {
      it(name, () => {
        assert.throws(
          () => edit(text, step),
          (error) => error instanceof EditRefusedError && error.reason === reason && error.line === line,
        )
      })
    }

    it('several documents', () => assert.throws(() => edit('a: 1\n---\nb: 2\n', declare), EditRefusedError))
    it('tabs and duplicate keys, with their line', () => {
      assert.throws(
        () => edit('services:\n\tdb: x\n', declare),
        (error) => error instanceof ComposeFileError && error.line === 2,
      )
      assert.throws(
        () => edit('a: 1\na: 2\n', declare),
        (error) => error instanceof ComposeFileError && error.line === 2,
      )
    })
  })
})
