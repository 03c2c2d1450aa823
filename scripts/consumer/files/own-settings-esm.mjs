import fastifyEnv from '@fastify/env'
import Fastify from 'fastify'
import { upstashClient, upstashEnv } from 'fastify-upstash'
import { checkOwnSettings } from './own-settings.mjs'

await checkOwnSettings({ Fastify, fastifyEnv, upstashEnv, upstashClient })
