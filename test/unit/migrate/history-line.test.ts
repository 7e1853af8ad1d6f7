// Which line of a Dockerfile a report's line of history is: as BuildKit, the classic builder and Buildah write them, values masked.
import assert from 'node:assert/strict'
import { parseDockerfile } from '../../../src/dockerfile/parse.js'
import { lineOfHistory } from '../../../src/migrate/from-report/history-line.js'
import { shownInstruction } from '../../../src/scan/shown-instruction.js'

const PW = ['S3cr3t', 'Deploy', '99'].join('')
const OLD = ['S3cr3t', 'Deploy', '12'].join('')

/** Heredocs last: they make the lines behind them hard to count. */
const DOCKERFILE = `FROM a
ARG NPM_TOKEN
RUN curl -u deploy:${PW} https://example.com || true
RUN apk add curl \\
    && curl -u deploy:${PW} https://example.com/b
RUN ["curl", "-u", "deploy:${PW}", "https://example.com/c"]
RUN npm ci
RUN echo x && npm ci
ENV DB_PASSWORD=${PW}
ENV DB_PASSWORD=
LABEL a=b db.password="${PW}"
CMD ["app", "--password", "${PW}"]
CMD app --password ${PW}
HEALTHCHECK --interval=5s CMD curl https://deploy:${PW}@example.com
HEALTHCHECK NONE
ADD https://deploy:${PW}@example.com/x.tar /srv/
ENV URL=https://deploy:$DB_PASSWORD@example.com
ONBUILD RUN curl -u deploy:${PW} https://example.com
RUN <<EOF
curl -u deploy:${PW} https://example.com/d
EOF
`

describe('migrate/from-report: lines of an image’s history', () => {
  /** The line of the Dockerfile that the builder's `createdBy` is, as a report has it; undefined: none. */
  function lineOf(createdBy: string): number | undefined {
    const dockerfile = parseDockerfile('Dockerfile', Buffer.from(DOCKERFILE))
    const reported = shownInstruction(createdBy).replaceAll(PW, '****').replaceAll(OLD, '****')
    return lineOfHistory(dockerfile, dockerfile.instructions, reported)?.line
  }

  const CURL = `curl -u deploy:${PW} https://example.com`
  for (const [builder, createdBy, line] of [
    ['BuildKit', `RUN /bin/sh -c ${CURL} || true # buildkit`, 3],
    ['BuildKit, an argument', `RUN |1 NPM_TOKEN=${OLD} /bin/sh -c ${CURL} || true # buildkit`, 3],
    ['BuildKit, another shell', `RUN |1 NPM_TOKEN=${OLD} /bin/bash -o pipefail -c ${CURL} || true # buildkit`, 3],
    ['BuildKit, exec form', `RUN curl -u deploy:${PW} https://example.com/c # buildkit`, 6],
    ['BuildKit, a script', `RUN /bin/sh -c curl -u deploy:${PW} https://example.com/d\n # buildkit`, 19],
    ['BuildKit, ENV', `ENV DB_PASSWORD=${PW}`, 9],
    ['BuildKit, a variable', `ENV URL=https://deploy:${PW}@example.com`, 17],
    ['BuildKit, LABEL', `LABEL a=b db.password=${PW}`, 11],
    ['BuildKit, ADD', `ADD https://deploy:${PW}@example.com/x.tar /srv/ # buildkit`, 16],
    ['the classic builder', `/bin/sh -c ${CURL} || true`, 3],
    ['the classic builder, an argument', `|1 NPM_TOKEN=${OLD} /bin/sh -c ${CURL} || true`, 3],
    ['the classic builder, two arguments', `|2 A=b c NPM_TOKEN=${OLD} /bin/sh -c ${CURL} || true`, 3],
    ['the classic builder, a long line', `/bin/sh -c apk add curl     && ${CURL}/b`, 4],
    ['the classic builder, exec form', `|1 NPM_TOKEN=${OLD} ${CURL}/c`, 6],
    ['the classic builder, ENV', `/bin/sh -c #(nop)  ENV DB_PASSWORD=${PW}`, 9],
    ['the classic builder, CMD', `/bin/sh -c #(nop)  CMD ["app" "--password" "${PW}"]`, 12],
    ['the classic builder, CMD in a shell', `/bin/sh -c #(nop)  CMD ["/bin/sh" "-c" "app --password ${PW}"]`, 13],
    [
      'the classic builder, HEALTHCHECK',
      `/bin/sh -c #(nop)  HEALTHCHECK &{["CMD-SHELL" "curl https://deploy:${PW}@example.com"] "5s" "0s" "0s" '\\x00'}`,
      14,
    ],
    ['the classic builder, ADD', `/bin/sh -c #(nop) ADD https://deploy:${PW}@example.com/x.tar in /srv/ `, 16],
    ['the classic builder, ONBUILD', `/bin/sh -c #(nop)  ONBUILD RUN ${CURL}`, 18],
    ['Buildah', `/bin/sh -c ${CURL} || true`, 3],
    ['Buildah, exec form', `|1 NPM_TOKEN=${OLD} /bin/sh -c ["curl", "-u", "deploy:${PW}", "https://example.com/c"]`, 6],
    ['Buildah, ENV', `/bin/sh -c #(nop) ENV DB_PASSWORD=${PW}`, 9],
    ['Buildah, CMD', `/bin/sh -c #(nop) CMD app --password ${PW}`, 13],
    ['Buildah, HEALTHCHECK', `/bin/sh -c #(nop) HEALTHCHECK CMD curl https://deploy:${PW}@example.com`, 14],
    // A line that ends as another one does is that other one no more than a part is the whole.
    ['the end of a longer line', `|1 NPM_TOKEN=${OLD} /bin/sh -c npm ci`, 7],
    ['a longer line', `|1 NPM_TOKEN=${OLD} /bin/sh -c echo x && npm ci`, 8],
    ['a line that has changed', `RUN /bin/sh -c ${CURL}/e # buildkit`, undefined],
    [
      'a line that ends in another one',
      `RUN /bin/sh -c wget https://${PW}@example.com && npm ci # buildkit`,
      undefined,
    ],
    ['another variable', `ENV DB_PASS=${PW}`, undefined],
  ] as const)
    it(builder, () => {
      assert.equal(lineOf(createdBy), line)
    })
})
