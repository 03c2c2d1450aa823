import neostandard from 'neostandard'

const BROWSER = ['document', 'EventSource', 'history', 'localStorage', 'location', 'window']

export default [
  ...neostandard({ ts: true, ignores: ['dist', '.tap', 'node_modules'] }),
  { files: ['public/*.js'], languageOptions: { globals: Object.fromEntries(BROWSER.map(name => [name, 'readonly'])) } }
]
