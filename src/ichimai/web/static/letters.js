// Bytes in forms as the letters a to p, in which no number can be read: not even by chance.

export function lettersOfHex(hex) {
  return hex.replace(/[0-9a-f]/g, (digit) => "abcdefghijklmnop"[parseInt(digit, 16)]);
}

export function hexOf(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function letters(bytes) {
  return lettersOfHex(hexOf(bytes));
}

export function bytesOfHex(hex) {
  return Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
}
