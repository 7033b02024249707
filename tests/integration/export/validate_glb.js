// Khronos' glTF validator over files: prints what it finds, and the sums. Fails on anything at all.
const fs = require("fs");
const validator = require("gltf-validator");

(async () => {
  const sums = [0, 0, 0, 0];
  for (const file of process.argv.slice(2)) {
    const report = await validator.validateBytes(new Uint8Array(fs.readFileSync(file)));
    const { numErrors, numWarnings, numInfos, numHints, messages } = report.issues;
    [numErrors, numWarnings, numInfos, numHints].forEach((count, i) => { sums[i] += count; });
    for (const message of messages.slice(0, 5)) console.log(file, message.code, message.message, message.pointer);
  }
  console.log(`gltf-validator ${validator.version()}: ${process.argv.length - 2} files, ${sums[0]} errors, ` +
    `${sums[1]} warnings, ${sums[2]} infos, ${sums[3]} hints`);
  process.exit(sums.some((count) => count > 0) ? 1 : 0);
})();
