// Mocha's spec reporter that also leaves its counts and what failed in a file: --reporter-option stats=FILE
const { writeFileSync } = require("node:fs");
const Mocha = require("mocha");

module.exports = class CountingReporter extends Mocha.reporters.Spec {
  /**
   * @param {import("mocha").Runner} runner
   * @param {import("mocha").MochaOptions} options
   */
  constructor(runner, options) {
    super(runner, options);
    const { stats: file } = /** @type {{ stats: string }} */ (options.reporterOptions);
    const failed = () => this.failures.map((test) => ({ title: test.fullTitle(), message: test.err?.message ?? "" }));
    runner.once(Mocha.Runner.constants.EVENT_RUN_END, () =>
      writeFileSync(file, JSON.stringify({ ...this.stats, failed: failed() })),
    );
  }
};
