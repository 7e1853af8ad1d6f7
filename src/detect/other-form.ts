// Values that are something else by their form, whatever they are called: versions and rates, options, headers, paths, names of files and of
// objects of a module, sentences in other scripts.

/** What packages of such names are wanted in, formats of printf, numbers (`"input_cost_per_token": 4.4e-06`) and rates: 20/m/ip. */
const VERSION =
  /^(?:[\^~]|[<>]=?)?v?\d+\.\d+(?:\.[\dx*]+)?(?:-[\w.]+)?$|^%[sdvqwxt]|^v\d+(?:alpha|beta)\d*$|^[-+]?\d*\.?\d+e[-+]?\d+,?$|^(?:\w+_)?0\.\d{9,}$|^\d+\/\d*(?:[smhd]|sec|min|hour|day)\b/i
/** The option that follows an empty one: --token= --port=80 */
const OPTION = /^--[a-z][\w.-]*(?:=|$)/i
/** The name of an HTTP header: X-Amz-Content-Sha256. */
const HEADER_NAME = /^X(?:-[A-Z][A-Za-z0-9]{1,20}){2,}$/

/** A switch and how it is set, a picture, a migration of Django's, what bundlers call their files, Cargo a feature, an icon is, what OpenStack's policies demand, and an object of a module in Python: `acme.commands:main`. */
const ASSET_NAME =
  /^[A-Za-z]\w*=(?:true|false)$|^[a-z]+(?:_[a-z]+)*=$|^(?:dep|mdi|urn):[a-z]|^\(?(?:rule|role|user_id|project_id|domain_id|is_admin|system_scope):[\w%(]|^[\w./-]+\.(?:png|jpe?g|gif|svg|webp)(?:\?\w{1,20})?$|^\d{4}_[a-z]+(?:_[a-z]+)+$|^[A-Za-z_]\w*(?:\.\w+)+:\w+(?:\.\w+)*$|^(?:[a-z0-9-]+\.)+(?:io|com|net|org|dev)\/[a-z0-9._-]+$|^(?:chunk|main|vendors?|bundle|runtime|polyfills|styles|index)[-.~][0-9a-f]{8,64}(?:\.\w{2,4})?$/i

/** Escaped letters that are no Latin ones: a sentence of a translation. */
const FOREIGN_LETTERS = /(?:(?:^|\\)u(?!00)[0-9a-f]{4}[^\\]{0,20}){2}/i

/** Mostly of other letters than computers' first: the same, in UTF-8. */
const isForeignText = (value: string): boolean =>
  value.length >= 12 && (value.match(/[\x80-\xff]/g) ?? []).length > value.length / 2

/** An absolute path of a Unix system, and an address without a password. */
const PLACE = /^\/(?:run|var|etc|usr|opt|tmp|home|root|app|data|mnt|srv|proc|dev)\b|^(?:https?|file):\/\/[^@]*$/

/**
 * What kubeseal writes: a session key of 512 bytes, encrypted, in base64. What Bitwarden's clients do: how, `.`, the random start, `|`.
 * What Laravel's encrypt() does: `{"iv":"` in base64, and so on.
 */
const SEALED = /^Ag[A-D][A-Za-z0-9+/=]{80,}$|^[0-2]\.[A-Za-z0-9+/]{22}==(?:\||$)|^eyJpdiI6I/

/** A value that a statement of SQL is given later, and a symbol: `:password`. */
const BOUND = /^:[a-z_]\w*[,;)]*$/

const FORMS = [BOUND, SEALED, FOREIGN_LETTERS, PLACE, VERSION, HEADER_NAME, OPTION, ASSET_NAME]

/** true where the value is no secret under any name. */
export const isOtherByForm = (value: string): boolean => FORMS.some((form) => form.test(value)) || isForeignText(value)
