export { CommandLineError, HELP, readCommandLine, type ProxyCommand } from './command-line.ts'
export { buildProxy, type ProxyOptions } from './proxy.ts'
