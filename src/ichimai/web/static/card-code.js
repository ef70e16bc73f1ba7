// The code on a printed card: 80 random bits in base 32 and a check character. What is typed or
// read is told from a mistake without asking anybody. The other side is
// ichimai/kernel/typed_codes.py.

const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const characters = 17;
const meant = { O: "0", I: "1", L: "1" };
const separators = /[\s\-\u2010-\u2015\u2212\u30fc\uff70]/g;

/** The code in `text`, in capitals and without hyphens; null when there is a mistake in it. */
export function codeIn(text) {
  const code = text
    .normalize("NFKC")
    .replace(separators, "")
    .toUpperCase()
    .replace(/[OIL]/g, (letter) => meant[letter]);
  const isWhole = code.length === characters && [...code].every((each) => alphabet.includes(each));
  return isWhole && folded(code) === 0 ? code : null;
}

/** The end of a code as it is printed: by it a shop knows the card, and nobody can use it. */
export function endOf(code) {
  return `${code.slice(-5, -1)}-${code.slice(-1)}`;
}

/** Damm's check over GF(32). */
function folded(code) {
  let state = 0;
  for (const character of code) {
    const value = state ^ alphabet.indexOf(character);
    state = (value << 1) ^ (value & 0x10 ? 0x25 : 0);
  }
  return state;
}
