// Values that everybody knows, because a standard, a provider's documentation or a program shows them as an example or ships them.

/**
 * Documentation values of providers (AWS repeats a signature of Azure's in each of its SDKs), the keys of Azure's emulators, what Grafana ships
 * as its secret_key, the hashes in MySQL's and MariaDB's help, in Node-RED's settings and in Traefik's manual, what each exporter of Prometheus compares with
 * where no user is of that name, and rspamd's own keys, which are public halves; assembled so that they stand nowhere whole.
 */
export const KNOWN_EXAMPLES: ReadonlySet<string> = new Set([
  `AKIA${'IOSFODNN7EXAMPLE'}`,
  `wJalrXUtnFEMI/${'K7MDENG/bPxRfiCYEXAMPLEKEY'}`,
  `SW2Ycw${'TIb9zpOOhoPsMm'}`,
  `Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsu${'Fq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=='}`,
  `C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4QDU5DE2nQ9nDu${'VTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw/Jw=='}`,
  `aBBKDWQvyuVcTPH9EBp/XTI9E//${'mq171+ZU178wcwqU='}`,
  `aBBKDWQvyuVcTPH9EBp%2FXTI9E%2F%2F${'mq171%2BZU178wcwqU%3D'}`,
  `*90E462C37378CED12064${'BB3388827D2BA3A9B689'}`,
  `$2a$08$zZWtXTja0fB1pzD4sHCMy${'OCMYz2Z6dNbM6tl8sJogENOMcxWV9DN.'}`,
  ...['$', '$$'].flatMap((dollar) => [
    `${dollar}apr1${dollar}H6uskkkW${dollar}IgXLP6ewTr${'SuBkTrqE8wj/'}`,
    `${dollar}apr1${dollar}d9hr9HBB${dollar}4HxwgUir3H${'P4EsggP/QNo0'}`,
  ]),
  `$2y$10$QOauhQNbBCuQDKes6eFzPe${'MqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi'}`,
  `icy63itbhhni8bq15ntp5n5sym${'uixf73s1kpjh6skaq4e7nx5fiy'}`,
  `qxuogdh5eghytji1utkkte1dn3n${'81c3y5twe61uzoddzwqzuxxyb'}`,
  // RFC 5849 (OAuth 1), 6749 (OAuth 2) and 6750 (bearer tokens), which each library's documentation repeats.
  ...[
    'hh5s93j4hdidpola',
    'hdhd0244k9j7ao03',
    'nnch734d00sl2jdk',
    'pfkkdhi9sl3r4s00',
    'dpf43f3p2l4k3l03',
    'kd94hf93k423kf44',
  ],
  ...[
    '2YotnFZFEjr1zCsicMWpAA',
    'tGzv3JOkF0XG5Qx2TlKWIA',
    'SplxlOBeZQQYbYS6WxSbIA',
    'gX1fBat3bV',
    '7Fjfp0ZBr1KtDRbnfVdmIw',
  ],
  ...[
    'czZCaGRSa3F0MzpnWDFmQmF0M2JW',
    'czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3',
    'mF_9.B5f-4.1JqM',
    'h480djs93hd8',
  ],
  // The UUID of Wikipedia's article and of its translations, which half of all documentation took over.
  '123e4567-e89b-12d3-a456-426655440000',
  '123e4567-e89b-12d3-a456-426614174000',
  `{SSHA}AwT4jrvmoke${'CkbDrFAnGvzzjCMb7bvEl'}`,
])
