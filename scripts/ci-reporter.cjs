// mocha's usual output, the files that took longest, and the counts of passed and failed tests in a file for .ci/run.
const { writeFileSync } = require('node:fs')
const { relative } = require('node:path')
const { reporters } = require('mocha')

const SLOWEST = 8

class CountingReporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options)
    this.times = new Map()
    const add = ({ file = '', duration = 0 }) => this.times.set(file, (this.times.get(file) ?? 0) + duration)
    runner.on('test end', add).on('hook end', add)
  }

  done(failures, finish) {
    const { passes, failures: failed } = this.stats
    writeFileSync(this.options.reporterOptions.output, JSON.stringify({ passed: passes, failed }))
    const slowest = [...this.times].sort(([, one], [, other]) => other - one).slice(0, SLOWEST)
    for (const [file, ms] of slowest) console.log(`  ${Math.round(ms / 1000)} s ${relative('build/test', file)}`)
    finish(failures)
  }
}

module.exports = CountingReporter
