/** The path of a request as logs may keep it, made from the pattern of its route: secrets that stand in a path never show. */

const MARK = '***'

export interface Asked {
  /** As it was sent, with or without its query. */
  readonly url: string
  /** The pattern of the route that took it, `/loans/:id`; undefined for an unknown path. */
  readonly pattern: string | undefined
}

/** Parameters that are no ids and may be shown. Whatever is not listed here, keys and tokens among them, is struck out. */
const SHOWN: Readonly<Record<string, RegExp>> = {
  ...{ org: /^[a-z][a-z0-9-]{0,40}$/, order: /^[0-9a-f-]{36}$/, command: /^[0-9a-f-]{36}$/ },
  ...{
    name: /^[a-z-]{1,60}$/,
    type: /^[a-z_]{1,50}$/,
    doc_type: /^[a-z_]{1,50}$/,
    code: /^(\d{1,5}|[A-Za-z_-]{1,50})$/,
  },
}
const ID_NAME = /(^|_)id$/
/** An id of ours has at most ten digits; ten and more may be a phone or an identity number. */
const ID = /^\d{1,9}$/
/** Of an unknown path nobody says what its parts are: plain words and ids are shown. */
const WORD = /^[a-z]{1,24}([_-][a-z]{1,24}){0,4}$|^v\d$/

/** The path without its query; a known route's by its pattern, an unknown one's part by part. */
export function loggedPath({ url, pattern }: Asked): string {
  const end = url.indexOf('?')
  const parts = (end < 0 ? url : url.slice(0, end)).split('/')
  const known = pattern?.split('/') ?? []
  let beyond = false
  return parts
    .map((part, i) => {
      beyond ||= known[i] === '*'
      const name = known[i]?.startsWith(':') ? known[i].slice(1) : null
      if (name !== null) return mayShow(name, part) ? part : MARK
      if (known[i] === part && !beyond) return part
      return part === '' || ID.test(part) || WORD.test(part) ? part : MARK
    })
    .join('/')
}

const mayShow = (name: string, value: string): boolean =>
  ID_NAME.test(name) ? ID.test(value) : (SHOWN[name]?.test(value) ?? false)
