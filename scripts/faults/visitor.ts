import type { Request } from 'autocannon'
import type { Workspace } from '../../example/identity.ts'
import { rest, stepsOf, type Reply, type Step, type Surroundings } from './steps.ts'

/** `phone` is unknown after a change that was not answered as it should be. */
export interface Patient { readonly id: number, readonly name: string, phone: string | undefined }

export interface Judgement { readonly step: string, readonly problem: string | undefined }

/** One connection of the load: a user of his own, with a patient whom nobody else changes, so that he knows what is right. */
export class Visitor {
  readonly number: number
  readonly cookie: string
  readonly workspace: Workspace
  readonly patient: Patient
  /** Times that he changed something to another value. */
  changes = 0
  /** Free beds, where he said so last. */
  free: number | undefined
  readonly #steps: readonly Step[]
  #place = 0
  #asked: Step | undefined

  constructor ({ number, cookie, workspace, patient }: Pick<Visitor, 'number' | 'cookie' | 'workspace' | 'patient'>) {
    this.number = number
    this.cookie = cookie
    this.workspace = workspace
    this.patient = patient
    this.#steps = stepsOf(number)
  }

  /** To an app that knows nothing of him but what is in the database. */
  arrive (): void {
    this.free = undefined
    this.#asked = undefined
    this.#place = 0
  }

  /** His next request; where he rests, one that changes nothing. Besides, what he asked last and was not answered. */
  next (surroundings: Surroundings, resting: boolean): { request: Request, unanswered: string | undefined } {
    const unanswered = this.#asked?.name
    const step = this.#asked = resting ? rest : this.#steps[this.#place] ?? rest
    this.#place = (this.#place + 1) % this.#steps.length
    const { method = 'GET', path, body } = step.ask(this, surroundings)
    const json = body === undefined ? {} : { body: JSON.stringify(body) }
    const headers = { cookie: this.cookie, ...body && { 'content-type': 'application/json' } }
    return { unanswered, request: { method, path, headers, ...json } }
  }

  /** Judges a reply: what he had asked, and what is wrong with the answer. */
  took (reply: Reply, surroundings: Surroundings): Judgement {
    const step = this.#asked ?? rest
    this.#asked = undefined
    const problem = this.#isRight(reply, step, surroundings) ? undefined : `${step.name}: ${reply.status} ${reply.body.slice(0, 300)}`
    return { step: step.name, problem }
  }

  #isRight (reply: Reply, { status = 200, isRight = () => true }: Step, surroundings: Surroundings): boolean {
    try {
      return reply.status === status && isRight(reply, this, surroundings)
    } catch {
      // It has not what it should have.
      return false
    }
  }
}
