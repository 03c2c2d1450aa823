import { AsyncLocalStorage } from 'node:async_hooks'
import type { FastifyReply, FastifyRequest } from 'fastify'

type Task = () => void

/** What is to begin when a request is over; undefined once it is. */
interface Course {
  tasks: Task[] | undefined
}

/** Puts off what is asked for in the course of a request until its reply is over, so that it costs the client no time. */
export class AfterReply {
  readonly #current = new AsyncLocalStorage<Course | undefined>()
  readonly #courses = new WeakMap<FastifyRequest, Course>()

  /** To be called as an `onRequest` hook. */
  readonly enter = (request: FastifyRequest, reply: FastifyReply, done: Task): void => {
    const course: Course = { tasks: [] }
    this.#courses.set(request, course)
    // Emitted also where the client went away before the reply.
    reply.raw.once('close', () => {
      const { tasks } = course
      course.tasks = undefined
      tasks?.forEach(task => task())
    })
    this.#current.run(course, done)
  }

  /** To be called as a `preValidation` hook: reading a body, or another plugin's hook, may have lost the context. */
  readonly enterAgain = (request: FastifyRequest, _reply: FastifyReply, done: Task): void => {
    this.#current.run(this.#courses.get(request), done)
  }

  /** What the current request has put off, to be added to; undefined where there is no request or its reply is over. */
  get tasks (): Task[] | undefined {
    return this.#current.getStore()?.tasks
  }
}
