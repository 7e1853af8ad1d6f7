// How common are three bytes in a row? What makes the prefilter look for the rare part of a keyword and not for "ing".
// Counted once over source code, documents and programs (84 MB).
import { type ByteSet, foldByte, traitsOf } from './byte-set.js'

/** By -log2 of its frequency, each trigram of lower-case letters and signs that makes up more than one place in 6,000. */
const COMMON: Readonly<Record<number, string>> = {
  8: 'ion',
  9: 'conentingthetio',
  10:
    'aacameandateaticomctidefectendersexpforhisileintkeynamnstonsortparporproptiresretrinsetstastrterthitriturtyp' +
    'valype___---===',
  11:
    'aaaablackageakealiallaluaraareargaseassataathblecaacalchecmacoddatderdireaaeadefielfequerrertessestetuextfil' +
    'finfrofungetimpindineiniinsireistiteithjeclibliclinlisluemakmanmenminmodnalnctndenfinotnteobjodeommomponeonf' +
    'ontopeoptoutpatperpreputramratrearefreqromrorrrorsiselsersiotattchtedtentestorultuncundurnusevarverwitxpo__h',
  12:
    'aaeaaiaamacaaceachactaddadeailainalsangantanyappariarrarsartaryatcatoatuaulbacbasberbjeboobrabufbutcaccatces' +
    'chackeclaclucorcrecrictocurdebdecdeddendesdexdifdindisdmiduleatebuecoefaeleemaemeenceneengenseraereerierner_' +
    'er.esceseetaeteet_evefauferffefiefigflagaagenghtgingrahanharhashatheahemherhtth-5iaaialicaiceideiesifiighign' +
    'ildillimeinaincinkiptis.itiiveizeke_laglarlaslatlealenlerlesletlf.loclowlseltiludmatmbemesmetmmampimplmpomul' +
    'ncenclncondindsnednernewngtnitnlynodnonnsentantintrntsnumocaockodmoduoidoleonaonlon_oolordoreoriormostounour' +
    'ovepacpecpenpilplapleposquequiranrarrayrcerecredreerelrenreprgeriarigripritrmaroprrarsertirtyrueschscrsedsig' +
    'sinsizsolsouspessistetabtaltantartemtexthathotictimtintratretruttettpudeuesuffuiruleullumbumeurcureuteutiven' +
    'warworxprxtezodz.z000_co_di_in_li_pa_re_st.co.re.zo',
}
/** A trigram that is not in the table, by the bytes it is made of, but no more than this. */
const MOST_OF_OTHERS = 2 ** -13

const FREQUENCIES = new Map<number, number>()
for (const [level, trigrams] of Object.entries(COMMON))
  for (let at = 0; at < trigrams.length; at += 3) FREQUENCIES.set(keyAt(trigrams, at), 2 ** -Number(level))

function keyAt(text: string, at: number): number {
  return trigramOf(foldByte(text.charCodeAt(at)), foldByte(text.charCodeAt(at + 1)), foldByte(text.charCodeAt(at + 2)))
}

/** Three folded bytes as one number of 18 bits. */
function trigramOf(first: number, second: number, third: number): number {
  return first | (second << 6) | (third << 12)
}

/** Different trigrams that three sets allow. */
export function trigramCount(sets: readonly ByteSet[], at: number): number {
  return [0, 1, 2].reduce((product, step) => product * foldsAt(sets, at + step).size, 1)
}

/** All of them; a set beyond the last is any byte. */
export function* trigrams(sets: readonly ByteSet[], at: number): Generator<number> {
  for (const first of foldsAt(sets, at).keys())
    for (const second of foldsAt(sets, at + 1).keys())
      for (const third of foldsAt(sets, at + 2).keys()) yield trigramOf(first, second, third)
}

/** The share of places in ordinary files at which one of them stands. */
export function trigramFrequency(sets: readonly ByteSet[], at: number): number {
  const others = [0, 1, 2].reduce((product, step) => {
    const set = sets[at + step]
    return set === undefined ? product : product * traitsOf(set).frequency
  }, 1)
  const count = trigramCount(sets, at)
  let sum = 0
  for (const trigram of trigrams(sets, at)) sum += FREQUENCIES.get(trigram) ?? Math.min(MOST_OF_OTHERS, others / count)
  return sum
}

const ALL_FOLDS: ReadonlyMap<number, unknown> = new Map(Array.from({ length: 64 }, (_, fold) => [fold, undefined]))

function foldsAt(sets: readonly ByteSet[], at: number): ReadonlyMap<number, unknown> {
  const set = sets[at]
  return set === undefined ? ALL_FOLDS : traitsOf(set).folds
}
