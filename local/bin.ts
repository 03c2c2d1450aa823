#!/usr/bin/env node
import { run } from './run.ts'

run({
  argv: process.argv.slice(2),
  env: process.env,
  print: text => process.stdout.write(`${text}\n`),
  printError: text => process.stderr.write(`${text}\n`),
  signals: process
}).then(code => { process.exitCode = code })
