// What the tests look at: a small county, and one home of which everything is known.
import { Hub } from './hub.mjs'

export const HOME = 'BR-1'
export const EMPTY = 'BR-2'
export const LONG = `Saint ${'Wilhelmina'.repeat(10)} House for the care of the elderly and their friends`

/** A day so many days ago; a negative number is a day to come. */
export const day = (ago) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10)

/** A home about which five referrals stand: one more fires the trigger of Norfolk 7.3.9. */
export async function county (simulated = true, options = {}) {
  const hub = await Hub.start(options)
  if (simulated) await hub.simulate('--homes', '14', '--months', '8', '--seed', '3')
  const provider = { id: 'br-p', name: 'Browser Care Limited' }
  const brand = { id: 'br-b', name: 'Browser Brand' }
  for (const [id, name] of [[HOME, 'Marram Lodge'], [EMPTY, 'Sea Lavender House'], ['BR-3', LONG]]) {
    await hub.say('cqc', id, 'home.registered', { name, provider, brand, beds: 32, area: 'Norfolk', postcode: 'NR26 8AA', uprn: `1000620${id.slice(-1)}0001` })
  }
  for (const ago of [150, 120, 90, 40, 12]) await referral(hub, HOME, ago)
  return hub
}

/** Returns the event's id. */
export async function referral (hub, home, ago = 0) {
  return hub.say(...referred(home, ago))
}

/** The same while no hub runs. */
export async function referralMeanwhile (hub, home, ago = 0) {
  return hub.publish(...referred(home, ago))
}

function referred (home, ago) {
  return ['adult-social-care', home, 'concern.raised', {
    kind: 'safeguarding-referral', occurred_at: day(ago), severity: 'medium', summary: 'A resident was found on the floor in the morning, cold and without a call bell.',
    indicators: ['basic-care-and-environment', 'staff-skills-knowledge-and-practice']
  }]
}

/** The sender corrects one. */
export async function correct (hub, home, id) {
  await hub.say('adult-social-care', home, 'concern.corrected', { corrects: { id }, reason: 'Seen again.', set: { severity: 'high' } })
}

/** Somebody does not know which home it is. */
export async function unmatched (hub, address) {
  await hub.say('ambulance', 'unmatched', 'concern.raised', {
    kind: 'soft-intelligence', occurred_at: day(0), severity: 'low', summary: 'Nobody came to the door for twenty minutes.', place: { postcode: 'NR26 8AA', address }
  })
}

/** What comes of an escalation: an action that goes badly, a suspension, a process, meetings that are planned and held. */
export async function underWay (hub, home, escalation) {
  const action = { escalation, action: 'rota-1' }
  await hub.say('council-safeguarding', home, 'escalation.action-assigned', {
    ...action, owner: 'council-qa', summary: 'See the rota of the nights, and who was there.', measure: 'rota-seen', due: day(0), review_on: day(0)
  })
  await hub.say('council-qa', home, 'escalation.action-progressed', { ...action, grade: 3, rating: 'red', reason: 'The manager has not answered for a week.' })
  await hub.say('council-safeguarding', home, 'process.started', { escalation, chair: 'council-safeguarding', coordinator: 'council-qa', reason: 'Two plans were not carried out.' })
  await hub.say('commissioning', home, 'placements.suspended', {
    reason: 'No manager in post.', police_consulted_on: day(1), safeguarding_consulted_on: day(1), police_agree_to_hear_provider: false, review_on: day(-14)
  })
  await hub.say('council-qa', home, 'meeting.recorded', { meeting: 'care-governance', meeting_ref: 'board 1', held_on: day(10), chair_role: 'council-qa', attended: ['council-qa', 'cqc'] })
  await hub.say('council-qa', home, 'meeting.planned', { meeting: 'care-governance', meeting_ref: 'board 2', planned_for: day(-20), chair_role: 'council-qa', invited: ['cqc', 'healthwatch'] })
  await hub.allTaken('council-safeguarding', 'council-qa', 'commissioning')
}

/** The open escalation of a trigger at a home, as the responsible body reads it. */
export async function escalation (hub, agency, home, trigger) {
  const { items } = await hub.api(agency, `/escalations?home=${home}&trigger=${trigger}&state=open`)
  if (items.length === 0) throw new Error(`no open ${trigger} at ${home}`)
  return items[0].id
}
