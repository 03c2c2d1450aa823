import { readdir } from 'node:fs/promises'
import { test } from 'tap'
import { startApp } from '../app.ts'

test('the page and all its files are there, and may run nothing but their own', async t => {
  const { app } = await startApp(t)
  const page = await app.inject('/')
  t.match(page.headers, { 'content-type': /^text\/html/, 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' })
  t.match(page.headers['content-security-policy'], /^default-src 'none';script-src 'self';style-src 'self';/)
  t.notMatch(page.body, / style=|<style|<script(?! type="module" src=)| on\w+=|https?:/, 'nothing inline, nothing from elsewhere')
  for (const name of await readdir(new URL('../../public/', import.meta.url))) t.equal((await app.inject(`/${name}`)).statusCode, 200, name)
})

test('what is no file of the page is not there', async t => {
  const { app } = await startApp(t)
  for (const url of ['/package.json', '/../package.json', '/%2e%2e/package.json', '/public/app.js', '/.env']) {
    t.match((await app.inject(url)).json(), { status: 404, code: 'FST_ERR_NOT_FOUND' }, url)
  }
})
