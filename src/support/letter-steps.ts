// How surprising one letter is after another in English words, in whole bits (0–9): what tells words from random letters.
// Counted once over the words of licences, readmes and change logs of open-source packages; frozen as part of fingerprint v1.

/** Row: the first letter, a to z; column: the letter that follows it; each digit is -log2 of its probability, at most 9. */
const ROWS = [
  '85448759596353959343667768',
  '36663769459367489447399958',
  '38673893594489289463599969',
  '46652678288578479547588979',
  '46436568789453757334867579',
  '46663499299589399465499959',
  '57682854399464479345487987',
  '28782899399667389454597969',
  '56455549998452359543959796',
  '38782886578897358629478959',
  '47761669399695579737597979',
  '37752789277398379855579949',
  '25772989378647439958599969',
  '47434538496776569833669979',
  '65548769787432559355455889',
  '38763886499478349354489979',
  '99999999599599799799099997',
  '37562768396656379544678959',
  '58472794397678449742487959',
  '36572784299678469345597959',
  '54454659598443749343999899',
  '29981979399779579979799889',
  '36973864399684389437996889',
  '57363696399669629652797658',
  '45464659497543438634866977',
  '39771767396559399858799955',
] as const

const A = 97

/** Mean bits per step of `word`, which holds only the letters a to z and at least two of them. */
export function meanStepBits(word: string): number {
  let bits = 0
  for (let i = 1; i < word.length; i++) {
    const digit = ROWS[word.charCodeAt(i - 1) - A]?.charCodeAt(word.charCodeAt(i) - A)
    bits += (digit ?? 57) - 48
  }
  return bits / (word.length - 1)
}
