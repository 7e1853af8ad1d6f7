// mocha's usual output, and the counts of passed and failed tests in a file for .ci/run.
const { writeFileSync } = require('node:fs')
const { reporters } = require('mocha')

class CountingReporter extends reporters.Spec {
  done(failures, finish) {
    const { passes, failures: failed } = this.stats
    writeFileSync(this.options.reporterOptions.output, JSON.stringify({ passed: passes, failed }))
    finish(failures)
  }
}

module.exports = CountingReporter
