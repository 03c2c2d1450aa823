const fastifyEnv = require('@fastify/env')
const Fastify = require('fastify')
const { upstashClient, upstashEnv } = require('fastify-upstash')
const { checkOwnSettings } = require('./own-settings.mjs')

checkOwnSettings({ Fastify, fastifyEnv, upstashEnv, upstashClient })
